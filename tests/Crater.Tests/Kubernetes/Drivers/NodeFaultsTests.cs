using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

public sealed class NodeFaultsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private LabApi _lab = null!;
    private KubernetesDriver _driver = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 2);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_cordoned_node_can_be_scheduled_again()
    {
        var injection = _lab.Injection("node-cordon", TargetKind.Node, "node1");
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Equal((Presence.Present, "unschedulable=true"), await LookAsync(injection, preparation));

        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, "unschedulable=false"), await LookAsync(injection, preparation));
    }

    [Fact]
    public async Task A_node_that_is_cordoned_already_is_refused()
    {
        _lab.Store.Modify("nodes", "", "node1", node => (node["spec"] ??= new System.Text.Json.Nodes.JsonObject())["unschedulable"] = true);
        var error = await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(_lab.Injection("node-cordon", TargetKind.Node, "node1"), Stop));
        Assert.Equal("CRT3111", error.Code);
    }

    [Fact]
    public async Task A_drained_node_is_empty_and_its_owners_are_the_fingerprint()
    {
        var injection = Drain(("grace-period", "0s"));
        var preparation = await _driver.PrepareAsync(injection, Stop);
        Assert.Equal("unschedulable=false deployment/shop/carts=2/2", preparation.Before.Text);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Equal((Presence.Present, "unschedulable=true deployment/shop/carts=0/2"), await LookAsync(injection, preparation));

        await _driver.RecoverAsync(injection, preparation, Stop);
        await _lab.PodAsync("carts", "carts-1-8", node: "node2");
        await _lab.PodAsync("carts", "carts-1-9", node: "node2");
        Assert.Equal((Presence.Absent, preparation.Before.Text), await LookAsync(injection, preparation));
    }

    [Fact]
    public async Task A_node_with_a_naked_pod_is_not_drained()
    {
        await _lab.PodAsync("lonely", "lonely");
        Assert.Equal("CRT3109", (await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(Drain(), Stop))).Code);
    }

    [Fact]
    public async Task A_drain_that_a_budget_forbids_ends_with_its_time_limit_and_kills_nobody()
    {
        await _lab.Client.CreateAsync(Resource.DisruptionBudgets, "shop", LabApi.Parse(
            """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b","namespace":"shop"},"spec":{"minAvailable":2,"selector":{"matchLabels":{"app":"carts"}}}}"""), Stop);
        _lab.Store.Modify("poddisruptionbudgets.policy", "shop", "b", budget =>
            budget["status"] = LabApi.Parse("""{"disruptionsAllowed":0,"currentHealthy":2,"desiredHealthy":2,"expectedPods":2,"observedGeneration":1}"""));
        var injection = Drain(("timeout", "1s"), ("grace-period", "0s"));
        var preparation = await _driver.PrepareAsync(injection, Stop);
        Assert.Equal("CRT3106", (await Assert.ThrowsAsync<CraterException>(() => _driver.InjectAsync(injection, preparation, Lease, Stop))).Code);
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before.Text), await LookAsync(injection, preparation));
    }

    private Injection Drain(params (string Name, string Value)[] arguments) => _lab.Injection("node-drain", TargetKind.Node, "node1", 1, arguments);

    private async Task<(Presence Presence, string Text)> LookAsync(Injection injection, Preparation preparation)
    {
        var found = await _driver.InspectAsync(injection, preparation, Stop);
        return (found.Presence, found.Now!.Text);
    }
}
