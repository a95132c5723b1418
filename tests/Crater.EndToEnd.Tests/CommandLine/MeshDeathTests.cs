using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Tests.Kubernetes;
using Crater.Tests.Kubernetes.Engines;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>
/// craterctl dies, loses an answer or the API while Chaos Mesh – a script that does with its objects what it documents – has a fault of its run in place, and nobody else keeps anything.
/// </summary>
public sealed class MeshDeathTests : IAsyncLifetime
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(8);

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-meshdeath-").FullName;
    private LabApi _lab = null!;
    private ScriptedChaosMesh _mesh = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.ChaosMesh(), LabApi.Stop);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 2);
        _mesh = new ScriptedChaosMesh(_lab.Client);
        _mesh.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_next_craterctl_deletes_the_object_of_a_killed_one_proves_it_and_closes_the_run()
    {
        await KilledAsync();
        var dead = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, ".crater", "runs"))));

        using var recover = Craterctl(_folder, _lab.Kubeconfig, "recover", dead, "--json");
        var answer = await recover.EndAsync();

        Assert.True(answer.Code == 0, $"{answer}\n{_mesh.Failure}");
        Assert.True((bool)answer.Json["clean"]!);
        LeftNothing();
        var events = await File.ReadAllLinesAsync(Path.Combine(_folder, ".crater", "runs", dead, "events.jsonl"), LabApi.Stop);
        Assert.Contains(events, line => line.Contains("\"injection-recovered\"", StringComparison.Ordinal) && line.Contains("lists nothing of it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_run_folder_whoever_comes_by_deletes_the_object_when_its_deadline_is_over()
    {
        await KilledAsync();
        var dead = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, ".crater", "runs"))));
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;
        Directory.Delete(Path.Combine(_folder, ".crater"), recursive: true);

        await Wait.UntilAsync(async () =>
        {
            using var recover = Craterctl(elsewhere, _lab.Kubeconfig, "recover", dead);
            return (await recover.EndAsync()).Code == 0 && Objects().Count == 0;
        }, "recover from another folder ends it", Wait.Patience * 2);

        LeftNothing();
    }

    [Fact]
    public async Task An_answer_that_is_lost_at_the_objects_creation_is_one_fault_and_one_object()
    {
        var hasLost = false;
        await using var front = await FakeFront.StartAsync(LoseAsync, _lab.Connection.HttpClient);
        using var run = Start(await KubeconfigAsync(front), "3s");

        var answer = await run.EndAsync();

        Assert.True(hasLost, "the object was created, and the answer to that was lost");
        Assert.True(answer.Code == 0, $"{answer}\n{_mesh.Failure}");
        LeftNothing();

        async Task<bool> LoseAsync(HttpContext context)
        {
            if (hasLost || context.Request.Method != "POST" || !context.Request.Path.Value!.EndsWith("/networkchaos", StringComparison.Ordinal))
            {
                return false;
            }

            hasLost = true;
            using var reader = new StreamReader(context.Request.Body);
            await _lab.Client.CreateAsync(ScriptedChaosMesh.Of("NetworkChaos"), "shop", LabApi.Parse(await reader.ReadToEndAsync(context.RequestAborted)), LabApi.Stop);
            context.Abort();
            return true;
        }
    }

    [Fact]
    public async Task An_API_that_is_away_in_the_middle_of_the_run_is_waited_for_and_everything_comes_off()
    {
        var isAway = false;
        await using var front = await FakeFront.StartAsync(context =>
        {
            if (isAway)
            {
                context.Abort();
            }

            return Task.FromResult(isAway);
        }, _lab.Connection.HttpClient);
        using var run = Start(await KubeconfigAsync(front), "4s");
        await run.SaysAsync("in place:");
        isAway = true;
        await Task.Delay(Away, TimeProvider.System, LabApi.Stop);
        Assert.False(run.HasExited, "while nothing is known of the fault the run is not over");
        Assert.Single(Objects());
        isAway = false;

        var answer = await run.EndAsync();

        Assert.True(answer.Code is 0 or 3, $"{answer}\n{_mesh.Failure}");
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        LeftNothing();
    }

    private async Task KilledAsync()
    {
        using var run = Start(_lab.Kubeconfig, "4m");
        await run.SaysAsync("in place:");
        run.Signal(Signals.Kill);
        await run.EndAsync();
        Assert.Equal("Injected", Assert.Single(Assert.Single(Objects()).Objects("status", "experiment", "containerRecords")).Text("phase"));
    }

    private CraterProcess Start(string kubeconfig, string duration)
    {
        File.WriteAllText(Path.Combine(_folder, "loss.yaml"), $$"""
            title: The cart stands lost packets
            description: Written by a test.
            driver: chaos-mesh
            steady-state-hypothesis:
              title: It works
              probes:
                - {name: it answers, type: probe, tolerance: 0, provider: {type: process, path: "true"} }
            method:
              - type: action
                name: lose packets
                provider: {type: fault, fault: network-loss, target: {namespace: shop, labels: "app=carts"}, arguments: {loss: 1, direction: out}, duration: {{duration}} }
            """);
        return Craterctl(_folder, kubeconfig, "run", "loss.yaml");
    }

    private CraterProcess Craterctl(string folder, string kubeconfig, params string[] arguments) => CraterProcess.Start(
        folder, new Dictionary<string, string> { ["KUBECONFIG"] = kubeconfig, ["HOME"] = _folder }, [CraterProcess.Program, .. arguments]);

    private async Task<string> KubeconfigAsync(FakeFront front)
    {
        var file = Path.Combine(_folder, "kubeconfig-front");
        await File.WriteAllTextAsync(file, $$"""
            apiVersion: v1
            kind: Config
            current-context: front
            clusters: [{name: front, cluster: {server: "{{front.Address}}"} }]
            users: [{name: nobody, user: {token: none} }]
            contexts: [{name: front, context: {cluster: front, user: nobody} }]
            """, LabApi.Stop);
        return file;
    }

    /// <summary>The object and its rules are gone, and the pod was hit once and no more.</summary>
    private void LeftNothing()
    {
        Assert.Empty(Objects());
        Assert.All(_lab.Store.Scan("podnetworkchaos.chaos-mesh.org").Items, ledger => Assert.Empty(ledger.Objects("spec", "tcs")));
        Assert.Equal(1, Assert.Single(_mesh.Hits).Value);
        Assert.Empty(_mesh.Refusals);
    }

    private IReadOnlyList<JsonObject> Objects() => [.. _lab.Store.Scan("networkchaos.chaos-mesh.org").Items];
}
