using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Tests.Kubernetes;
using Crater.Tests.Kubernetes.Engines;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>craterctl is killed while Litmus – a script that does with its objects what it documents – has a fault of its run in place, and nobody else keeps anything.</summary>
public sealed class EngineDeathTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-enginedeath-").FullName;
    private LabApi _lab = null!;
    private ScriptedLitmus _litmus = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await LitmusSetting.InstallAsync(_lab, LabApi.Stop);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 2);
        _litmus = new ScriptedLitmus(_lab.Client) { IsAllowedToFinish = false };
        _litmus.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _litmus.DisposeAsync();
        await _lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_next_craterctl_stops_the_engine_of_a_killed_one_proves_it_and_closes_the_run()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "loss.yaml"), """
            title: The cart stands lost packets
            description: Written by a test.
            driver: litmus
            method:
              - type: action
                name: lose packets
                provider: {type: fault, fault: network-loss, target: {namespace: shop, labels: "app=carts"}, arguments: {loss: 1, direction: out}, duration: 4m}
            """, LabApi.Stop);
        using (var run = Craterctl("run", "loss.yaml"))
        {
            await run.SaysAsync("in place:");
            run.Signal(Signals.Kill);
            await run.EndAsync();
        }

        var engine = Assert.Single(Engines());
        Assert.Equal(("active", "initialized"), (engine.Text("spec", "engineState"), engine.Text("status", "engineStatus")));

        var dead = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, ".crater", "runs"))));
        using var recover = Craterctl("recover", dead, "--json");
        var answer = await recover.EndAsync();
        Assert.True(answer.Code == 0, $"{answer}\n{_litmus.Failure}");
        Assert.True((bool)answer.Json["clean"]!);
        Assert.Empty(Engines());
        Assert.DoesNotContain(_lab.Store.Scan("pods").Items, pod => pod.Labels().ContainsKey("chaosUID"));
        var events = await File.ReadAllLinesAsync(Path.Combine(_folder, ".crater", "runs", dead, "events.jsonl"), LabApi.Stop);
        Assert.Contains(events, line => line.Contains("\"injection-recovered\"", StringComparison.Ordinal) && line.Contains("target reverted", StringComparison.Ordinal));
    }

    private CraterProcess Craterctl(params string[] arguments) => CraterProcess.Start(
        _folder, new Dictionary<string, string> { ["KUBECONFIG"] = _lab.Kubeconfig, ["HOME"] = _folder }, [CraterProcess.Program, .. arguments]);

    private IReadOnlyList<JsonObject> Engines() => [.. _lab.Store.Scan("chaosengines.litmuschaos.io").Items];
}
