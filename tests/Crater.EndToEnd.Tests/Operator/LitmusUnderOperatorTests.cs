using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Lab;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Operator;
using Crater.Tests.Kubernetes;
using Crater.Tests.Kubernetes.Engines;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>Experiments that ask for Litmus – a script that does with its objects what it documents – run by an operator process under exactly the roles that the chart installs.</summary>
public sealed class LitmusUnderOperatorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-litmus-").FullName;
    private LabApi _lab = null!;
    private ScriptedLitmus _litmus = null!;
    private OperatorProcesses _operators = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(KubectlTool.IsThere, "kubectl 1.28 or newer is missing, with which the chart is applied");
        _lab = await LabApi.StartAsync();
        await LitmusSetting.InstallAsync(_lab, LabApi.Stop);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 2);
        _litmus = new ScriptedLitmus(_lab.Client) { IsAllowedToFinish = false };
        _litmus.Start();
        _operators = new OperatorProcesses(_folder, await InstalledChart.ApplyAsync(_folder, _lab.Kubeconfig, new InstallOptions { Litmus = true }));
    }

    public async ValueTask DisposeAsync()
    {
        _operators?.Dispose();
        await _litmus.DisposeAsync();
        await _lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_experiment_for_Litmus_comes_to_its_end_and_leaves_no_engine()
    {
        _litmus.IsAllowedToFinish = true;
        _operators.Start();
        await CreateAsync("short", "4s");
        var ended = await PhaseAsync("short", "Completed");
        Assert.Equal("Certified", ended.Objects("status", "conditions").Single(one => one.Text("type") == "Recovered").Text("reason"));
        Assert.NotEmpty(_litmus.Hits);
        LeftNothing();
        Assert.DoesNotContain("CRT5202", _operators.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_the_experiment_stops_its_engine_before_the_object_goes()
    {
        _operators.Start();
        await CreateAsync("deleted", "4m");
        await UntilAsync(() => Engines().Any(engine => engine.Text("status", "engineStatus") == "initialized") && _litmus.Hits.Count > 0, () => "the fault is in place");
        await _lab.Client.DeleteAsync(CraterKinds.Experiments, "shop", "deleted", new DeleteRequest(), LabApi.Stop);
        await UntilAsync(() => Find("deleted") is null, () => $"the object goes: {Find("deleted")?["status"]?.ToJsonString()}");
        LeftNothing();
    }

    [Fact]
    public async Task An_operator_that_is_killed_is_followed_by_one_that_ends_the_engine_and_begins_none_again()
    {
        var first = _operators.Start();
        await CreateAsync("killed", "4m");
        await UntilAsync(() => _litmus.Hits.Count > 0, () => "the fault is in place");
        first.Signal(Signals.Kill);
        await first.EndAsync();
        _operators.Start();
        await PhaseAsync("killed", "Aborted");
        LeftNothing();
        Assert.All(_litmus.Hits, hit => Assert.Equal(1, hit.Value));
    }

    private Task<JsonObject> CreateAsync(string name, string duration) => _lab.Client.CreateAsync(CraterKinds.Experiments, "shop", LabApi.Parse($$$"""
        {"apiVersion": "crater.dev/v1alpha1", "kind": "Experiment", "metadata": {"name": "{{{name}}}"}, "spec": {"document": {
          "title": "The cart stands lost packets", "driver": "litmus", "blast-radius": {"duration-max": "30m", "targets-max": 1, "target-share-max": 1},
          "method": [{"type": "action", "name": "lose packets", "provider": {"type": "fault", "fault": "network-loss",
            "target": {"labels": "app=carts", "count": 1}, "arguments": {"loss": 1, "direction": "out"}, "duration": "{{{duration}}}"} } ]} } }
        """), LabApi.Stop);

    private JsonObject? Find(string name) => _lab.Store.Get(CraterKinds.Experiments.QualifiedName, "shop", name);

    private async Task<JsonObject> PhaseAsync(string name, string phase)
    {
        await UntilAsync(() => Find(name).Text("status", "phase") == phase, () => $"{name} is {phase}: {Find(name)?["status"]?.ToJsonString()}");
        return Find(name)!;
    }

    private async Task UntilAsync(Func<bool> holds, Func<string> what) =>
        Assert.True(await Wait.ComesTrueAsync(() => Task.FromResult(holds()), Patience), $"It did not come true that {what()}.\n{_operators.Said}\n{_litmus.Failure}");

    private IReadOnlyList<JsonObject> Engines() => [.. _lab.Store.Scan("chaosengines.litmuschaos.io").Items];

    private void LeftNothing()
    {
        Assert.Empty(Engines());
        Assert.DoesNotContain(_lab.Store.Scan("pods").Items, pod => pod.Labels().ContainsKey("chaosUID"));
    }
}
