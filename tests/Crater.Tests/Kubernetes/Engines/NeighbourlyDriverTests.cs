using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Our own drivers beside Litmus and Chaos Mesh: no fault of ours where one of theirs is.</summary>
public sealed class NeighbourlyDriverTests : IAsyncLifetime
{
    private static readonly Resource Stress = new("chaos-mesh.org", "v1alpha1", "stresschaos", "StressChaos", true);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", replicas: 1);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [InlineData("kubernetes", "pod-label", TargetKind.Pod, "carts-1-1")]
    [InlineData("kubernetes", "deployment-scale", TargetKind.Deployment, "carts")]
    [InlineData("agent", "cpu-burn", TargetKind.Pod, "carts-1-1")]
    public async Task A_target_that_Chaos_Mesh_acts_on_is_refused_and_nothing_is_touched(string driver, string fault, TargetKind kind, string name)
    {
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.ChaosMesh(), Stop);
        await StressAsync("carts");
        using var world = await KubernetesWorld.OpenAsync(_lab.Kubeconfig, Stop);
        var (pod, deployment) = (_lab.Store.Get("pods", "shop", "carts-1-1")!.ResourceVersion(), _lab.Deployment("carts").ResourceVersion());

        var error = await Assert.ThrowsAsync<CraterException>(() => Driver(world, driver).PrepareAsync(_lab.Injection(fault, kind, name), Stop));

        Assert.Equal("CRT8209", error.Code);
        Assert.Contains("StressChaos shop/theirs, which is not Crater's", error.Message, StringComparison.Ordinal);
        Assert.Equal((pod, deployment), (_lab.Store.Get("pods", "shop", "carts-1-1")!.ResourceVersion(), _lab.Deployment("carts").ResourceVersion()));
        Assert.Empty(_lab.Store.Scan("leases.coordination.k8s.io").Items);
    }

    [Theory]
    [InlineData("agent", "network-delay")]
    [InlineData("kubernetes", "node-cordon")]
    public async Task A_node_that_Litmus_acts_on_is_refused(string driver, string fault)
    {
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.Litmus(), Stop);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.Client.CreateAsync(ScriptedLitmus.Engines, "shop", LabApi.Parse(
            """{"metadata":{"name":"theirs"},"spec":{"engineState":"active","experiments":[{"name":"node-cpu-hog","spec":{"components":{"env":[{"name":"TARGET_NODES","value":"node1"}]}}}]}}"""), Stop);
        using var world = await KubernetesWorld.OpenAsync(_lab.Kubeconfig, Stop);

        Assert.Equal("CRT8209", (await Assert.ThrowsAsync<CraterException>(() => Driver(world, driver).PrepareAsync(_lab.Injection(fault, TargetKind.Node, "node1"), Stop))).Code);
    }

    [Fact]
    public async Task A_look_that_others_wait_for_is_not_lost_with_the_run_that_asked_first()
    {
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.Litmus(), Stop);
        await _lab.NodeAsync("node1", "zone-a");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var front = await FakeFront.StartAsync(
            async context =>
            {
                if (context.Request.Path.Value!.EndsWith("/chaosengines", StringComparison.Ordinal))
                {
                    asked.TrySetResult();
                    await go.Task;
                }

                return false;
            },
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var client = new KubernetesClient(http, "front", TimeProvider.System);
        using var catalogue = new ApiCatalogue(client, TimeProvider.System);
        var neighbours = new EngineNeighbours(client, catalogue, TimeSpan.FromMinutes(1));
        var injection = _lab.Injection("node-cordon", TargetKind.Node, "node1");
        using var abort = new CancellationTokenSource();

        var first = neighbours.RefuseAsync(injection, abort.Token);
        await asked.Task;
        var second = neighbours.RefuseAsync(injection with { Run = new RunId("chaos-0000bbbb") }, Stop);
        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();

        Assert.Equal("", await second);
    }

    [Fact]
    public async Task A_fault_on_another_target_is_in_nobodys_way()
    {
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.ChaosMesh(), Stop);
        await StressAsync("orders");
        var injection = Label();
        var driver = Over(_lab.Client);

        var before = await driver.PrepareAsync(injection, Stop);
        Assert.DoesNotContain("not seen", await driver.InjectAsync(injection, before, Lease, Stop), StringComparison.Ordinal);
        await driver.RecoverAsync(injection, before, Stop);
    }

    [Fact]
    public async Task Where_no_engine_is_installed_an_injection_asks_for_nothing_more_than_before()
    {
        await using var front = await FakeFront.StartAsync(_ => Task.FromResult(false), _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var client = new KubernetesClient(http, "test", TimeProvider.System);
        var driver = Over(client);
        await driver.PrepareAsync(Label(), Stop);
        var first = front.Requests.Count;
        await driver.PrepareAsync(Label(2), Stop);
        var second = front.Requests.Count;
        await new KubernetesDriver(client, TimeProvider.System).PrepareAsync(Label(3), Stop);

        Assert.Equal(front.Requests.Count - second, second - first);
    }

    [Fact]
    public async Task Many_that_begin_at_once_look_once()
    {
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.Litmus(), Stop);
        await using var front = await FakeFront.StartAsync(_ => Task.FromResult(false), _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var driver = Over(new KubernetesClient(http, "test", TimeProvider.System), goodFor: TimeSpan.FromMinutes(1));

        await Task.WhenAll(Enumerable.Range(1, 8).Select(sequence => driver.PrepareAsync(Label(sequence), Stop)));

        Assert.Single(front.Requests, request => request.Contains("chaosengines", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_may_not_look_goes_on_and_the_mechanism_says_that_nobody_looked()
    {
        await EngineDefinitions.InstallAsync(_lab.Client, EngineDefinitions.Litmus(), Stop);
        await using var front = await FakeFront.StartAsync(ClosedAsync, _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var driver = Over(new KubernetesClient(http, "test", TimeProvider.System));
        var injection = Label();

        var before = await driver.PrepareAsync(injection, Stop);
        var mechanism = await driver.InjectAsync(injection, before, Lease, Stop);

        Assert.Contains("whether a fault of another engine is on it was not seen: chaosengines.litmuschaos.io may not be listed", mechanism, StringComparison.Ordinal);
        await driver.RecoverAsync(injection, before, Stop);

        static Task<bool> ClosedAsync(HttpContext context) => context.Request.Path.Value!.Contains("chaosengines", StringComparison.Ordinal)
            ? FakeFront.StatusAsync(context, 403, "Forbidden", "chaosengines is forbidden") : Task.FromResult(false);
    }

    private static IDriver Driver(KubernetesWorld world, string name) => world.World.Drivers.Single(driver => driver.Name == name);

    private static NeighbourlyDriver Over(KubernetesClient client, TimeSpan goodFor = default) =>
        new(new KubernetesDriver(client, TimeProvider.System), new EngineNeighbours(client, new ApiCatalogue(client, TimeProvider.System), goodFor));

    private Injection Label(int sequence = 1) => _lab.Injection("pod-label", TargetKind.Pod, "carts-1-1", sequence, ("add", "colour=blue"));

    private async Task StressAsync(string app) => await _lab.Client.CreateAsync(Stress, "shop", LabApi.Parse(
        $$$"""{"metadata":{"name":"theirs"},"spec":{"mode":"all","selector":{"labelSelectors":{"app":"{{{app}}}"} } } }"""), Stop);
}
