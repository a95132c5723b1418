using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Xunit;

namespace Crater.EndToEnd.Tests.Kubernetes;

/// <summary>The faults of the kubernetes driver on real pods: controllers, scheduler and nodes heal what was broken.</summary>
public sealed class DriverOnClusterTests : DriverBench
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await DeployAsync(replicas: 2);
    }

    [Fact]
    public async Task A_killed_pod_is_replaced_and_the_fingerprint_is_as_before()
    {
        var (injection, preparation) = await InjectAsync("pod-kill", TargetKind.Pod, ("grace-period", "0s"));
        await RecoverAsync(injection, preparation);
        Assert.DoesNotContain(await PodsAsync(), pod => pod.Uid() == injection.Target.Uid);
    }

    [Fact]
    public async Task A_drained_node_is_empty_and_its_pods_come_back_elsewhere()
    {
        var (injection, preparation) = await InjectAsync("node-drain", TargetKind.Node, ("timeout", "20s"));
        Assert.DoesNotContain(await PodsAsync(), pod => pod.Text("spec", "nodeName") == injection.Target.Name);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task A_deleted_deployment_comes_back_with_new_pods()
    {
        var before = (await PodsAsync()).Select(pod => pod.Uid()).ToHashSet();
        var (injection, preparation) = await InjectAsync("deployment-delete", TargetKind.Deployment);
        await UntilAsync(async () => (await PodsAsync()).Count == 0, "no pod is left");
        await RecoverAsync(injection, preparation);
        Assert.DoesNotContain(await PodsAsync(), pod => before.Contains(pod.Uid()));
    }

    [Fact]
    public async Task A_rollout_whose_image_cannot_be_pulled_hangs_until_the_old_image_is_back()
    {
        var (injection, preparation) = await InjectAsync("image-pull-fail", TargetKind.Deployment);
        await UntilAsync(async () => (await PodsAsync()).Any(pod => pod.Objects("status", "containerStatuses").Any(status =>
            status.Text("state", "waiting", "reason") is "ImagePullBackOff" or "ErrImagePull" or "InvalidImageName")), "a pod cannot get its image");
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task Pods_that_no_node_takes_are_there_and_gone_again()
    {
        var (injection, preparation) = await InjectAsync("cluster-pending-pods", TargetKind.Namespace, ("count", "20"), ("name", "crowd"), ("image", Cluster.Image));
        await UntilAsync(async () => (await Client.ListAsync(Resource.Pods, Space, ListQuery.All, Stop)).Items.Count(pod => pod.Text("status", "phase") == "Pending") == 20, "20 pods wait");
        await RecoverAsync(injection, preparation);
        await ReadyAsync(2);
    }

    [Fact]
    public async Task What_a_dead_process_left_behind_is_restored_by_whoever_comes_by()
    {
        var (injection, preparation) = await InjectAsync("pod-failure", TargetKind.Pod);
        var keeper = new ApiStateKeeper(Client, [Space], TimeProvider.System);
        Assert.Single(await keeper.ListAsync(Stop));
        Assert.Empty(await keeper.RecoverExpiredAsync(Stop));
        await Driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-5), Stop);
        Assert.Single(await keeper.RecoverExpiredAsync(Stop));
        await CleanAsync(injection, preparation);
    }

    [Fact]
    public async Task Discovery_sees_the_deployment_on_its_nodes_and_zones()
    {
        var topology = await new KubernetesDiscovery(Cluster.Connection).DiscoverAsync(new DiscoveryOptions(), Stop);
        Assert.Equal(!TestCluster.IsReal, Cluster.Connection.IsLab);
        Assert.Empty(topology.Unknown);
        var clock = topology.Components.Single(component => component.Name == "clock");
        Assert.Equal((2, 2), (clock.Replicas, clock.Ready));
        var zones = (await Client.ListAsync(Resource.Nodes, null, ListQuery.All, Stop)).Items.ToDictionary(node => node.Name(), node => node.Labels().GetValueOrDefault("topology.kubernetes.io/zone", ""));
        Assert.All(clock.Pods, pod => Assert.Equal(zones[pod.Node], pod.Zone));
    }
}
