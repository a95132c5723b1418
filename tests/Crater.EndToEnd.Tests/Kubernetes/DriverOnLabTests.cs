using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.EndToEnd.Tests.Lab;
using Crater.Faults;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Lab;
using Crater.Targets;
using Xunit;

namespace Crater.EndToEnd.Tests.Kubernetes;

/// <summary>The faults of the kubernetes driver on real pods: controllers, scheduler and nodes of the lab heal what was broken.</summary>
public sealed class DriverOnLabTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private readonly string _kubeconfig = Path.GetTempFileName();
    private LabCluster _lab = null!;
    private KubernetesConnection _cluster = null!;
    private KubernetesDriver _driver = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabFixture.StartAsync();
        await File.WriteAllTextAsync(_kubeconfig, _lab.KubeconfigText, Stop);
        _cluster = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = _kubeconfig }, TimeProvider.System, Stop);
        _driver = new KubernetesDriver(_cluster.Client, TimeProvider.System);
        await _cluster.Client.CreateAsync(Resource.Deployments, "default", JsonNode.Parse("""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "clock", "namespace": "default"},
             "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "clock"}},
               "template": {"metadata": {"labels": {"app": "clock"}},
                 "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "host", "command": ["sleep", "1000"]}]}}}}
            """)!.AsObject(), Stop);
        await UntilAsync(async () => (await PodsAsync()).Count(pod => pod.Condition("Ready")) == 2, "two ready pods");
    }

    public async ValueTask DisposeAsync()
    {
        _cluster.Dispose();
        await _lab.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    [Fact]
    public async Task A_killed_pod_is_replaced_and_the_fingerprint_is_as_before()
    {
        var (injection, preparation) = await InjectAsync("pod-kill", TargetKind.Pod, ("grace-period", "0s"));
        await _driver.RecoverAsync(injection, preparation, Stop);
        await CleanAsync(injection, preparation);
        Assert.DoesNotContain(await PodsAsync(), pod => Fields.Uid(pod) == injection.Target.Uid);
    }

    [Fact]
    public async Task A_failed_pod_stays_down_until_it_gets_its_image_back()
    {
        var (injection, preparation) = await InjectAsync("pod-failure", TargetKind.Pod);
        await UntilAsync(async () => (await PodsAsync()).Count(pod => pod.Condition("Ready")) == 1, "one pod is down");
        Assert.Equal(Presence.Present, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);
        await _driver.RecoverAsync(injection, preparation, Stop);
        await CleanAsync(injection, preparation);
        Assert.Contains(await PodsAsync(), pod => Fields.Uid(pod) == injection.Target.Uid);
    }

    [Fact]
    public async Task A_scaled_deployment_comes_back()
    {
        var (injection, preparation) = await InjectAsync("deployment-scale", TargetKind.Deployment, ("replicas", "0"));
        await UntilAsync(async () => (await PodsAsync()).Count == 0, "no pod is left");
        await _driver.RecoverAsync(injection, preparation, Stop);
        await CleanAsync(injection, preparation);
    }

    [Fact]
    public async Task A_drained_node_is_empty_and_its_pods_come_back_elsewhere()
    {
        var (injection, preparation) = await InjectAsync("node-drain", TargetKind.Node, ("timeout", "20s"));
        Assert.DoesNotContain(await PodsAsync(), pod => pod.Text("spec", "nodeName") == injection.Target.Name);
        await _driver.RecoverAsync(injection, preparation, Stop);
        await CleanAsync(injection, preparation);
    }

    [Fact]
    public async Task What_a_dead_process_left_behind_is_restored_by_whoever_comes_by()
    {
        var (injection, preparation) = await InjectAsync("pod-failure", TargetKind.Pod);
        var keeper = new ApiStateKeeper(_cluster.Client, ["default"], TimeProvider.System);
        Assert.Single(await keeper.ListAsync(Stop));
        Assert.Empty(await keeper.RecoverExpiredAsync(Stop));
        await _driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-5), Stop);
        Assert.Single(await keeper.RecoverExpiredAsync(Stop));
        await CleanAsync(injection, preparation);
    }

    [Fact]
    public async Task Discovery_sees_the_deployment_on_its_nodes_and_zones()
    {
        var topology = await new KubernetesDiscovery(_cluster).DiscoverAsync(new DiscoveryOptions(), Stop);
        Assert.True(_cluster.IsLab);
        Assert.Empty(topology.Unknown);
        var clock = topology.Components.Single(component => component.Name == "clock");
        Assert.Equal((2, 2), (clock.Replicas, clock.Ready));
        Assert.All(clock.Pods, pod => Assert.NotEmpty(pod.Zone));
    }

    private async Task<(Injection Injection, Preparation Preparation)> InjectAsync(string fault, TargetKind kind, params (string Name, string Value)[] arguments)
    {
        var search = await new KubernetesTargets(_cluster.Client, "default").FindAsync(new TargetSelector { Kind = kind }, Stop);
        // A node that runs something, so that draining it means something.
        var busy = (await PodsAsync()).Select(pod => pod.Text("spec", "nodeName")).First();
        var injection = new Injection
        {
            Run = new RunId("chaos-1a2b3c4d"),
            Sequence = 1,
            Activity = "test",
            Driver = "kubernetes",
            Duration = TimeSpan.FromMinutes(1),
            Fault = new Fault { Name = fault, AskedAs = fault, Arguments = arguments.ToDictionary(argument => argument.Name, argument => argument.Value) },
            Target = kind == TargetKind.Node ? search.Matches.Single(target => target.Name == busy) : search.Matches[0],
        };
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        return (injection, preparation);
    }

    private Task CleanAsync(Injection injection, Preparation preparation) => UntilAsync(
        async () => await _driver.InspectAsync(injection, preparation, Stop) is { Presence: Presence.Absent } found && found.Now == preparation.Before,
        $"{injection.Fault.Name} is off and '{preparation.Before.Text}' is so again");

    private async Task<IReadOnlyList<JsonObject>> PodsAsync() =>
        (await _cluster.Client.ListAsync(Resource.Pods, "default", new ListQuery { LabelSelector = "app=clock" }, Stop)).Items;

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < LabFixture.Patience, $"It did not happen: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Stop);
        }
    }
}
