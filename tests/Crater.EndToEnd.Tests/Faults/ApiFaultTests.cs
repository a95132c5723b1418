using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.EndToEnd.Tests.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Targets;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

/// <summary>What the faults that change API objects do to real pods, nodes and deployments.</summary>
public sealed class ApiFaultTests : DriverBench
{
    [Theory]
    [InlineData("2s", 1.5, 12)]
    [InlineData("0s", 0, 10)]
    public async Task A_kill_gives_a_pod_that_ignores_its_end_the_asked_grace_and_no_more(string grace, double least, double most)
    {
        // Its own grace is a minute; a process that ignores SIGTERM would use all of it.
        await DeployAsync("""["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]""", grace: 60);
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, Stop);
        var began = TimeProvider.System.GetTimestamp();
        var (injection, preparation) = await InjectAsync("pod-kill", TargetKind.Pod, ("grace-period", grace));
        await UntilAsync(async () => (await PodsAsync()).All(pod => pod.Uid() != injection.Target.Uid), "the pod is gone");
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, least, most);
        await CleanAsync(injection, preparation);
    }

    [Fact]
    public async Task A_failed_pod_is_still_down_after_several_tries_and_then_the_same_pod_is_ready_again()
    {
        await DeployAsync();
        var (injection, preparation) = await InjectAsync("pod-failure", TargetKind.Pod);
        await UntilAsync(async () => await IsReadyAsync(injection.Target.Name) == false, "it is down");

        // The back-off of this lab begins at 200 ms: it has tried to start again and again meanwhile.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, Stop);
        Assert.False(await IsReadyAsync(injection.Target.Name));
        await Driver.RecoverAsync(injection, preparation, Stop);
        await UntilAsync(async () => await IsReadyAsync(injection.Target.Name) == true, "it is ready again");
        Assert.Contains(await PodsAsync(), pod => pod.Uid() == injection.Target.Uid);
        await CleanAsync(injection, preparation);
    }

    [Fact]
    public async Task A_cordoned_node_keeps_its_pods_and_gets_no_new_ones()
    {
        await DeployAsync(replicas: 3);
        var (injection, preparation) = await InjectAsync("node-cordon", TargetKind.Node);
        var there = (await PodsAsync()).Where(pod => pod.Text("spec", "nodeName") == injection.Target.Name).Select(pod => pod.Uid()).ToHashSet();
        Assert.NotEmpty(there);
        await ScaleAsync(8);
        var pods = (await PodsAsync()).Where(pod => pod.Text("spec", "nodeName") == injection.Target.Name).Select(pod => pod.Uid()).ToHashSet();
        Assert.Equal(there, pods);
        await RecoverAsync(injection, preparation);
        await ScaleAsync(14);
        Assert.Contains(await PodsAsync(), pod => pod.Text("spec", "nodeName") == injection.Target.Name && !there.Contains(pod.Uid()));
    }

    [Fact]
    public async Task A_drain_honours_the_disruption_budget_and_says_so_when_its_time_is_over()
    {
        await DeployAsync(replicas: 2);
        await Client.CreateAsync(Resource.DisruptionBudgets, Space, JsonNode.Parse("""
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "all"},
             "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "clock"}}}}
            """)!.AsObject(), Stop);
        var before = (await PodsAsync()).Select(pod => pod.Uid()).ToHashSet();
        var injection = await AskAsync("node-drain", TargetKind.Node, ("timeout", "3s"));
        var preparation = await Driver.PrepareAsync(injection, Stop);
        var refused = await Assert.ThrowsAsync<CraterException>(() => Driver.InjectAsync(injection, preparation, TimeSpan.FromSeconds(10), Stop));
        Assert.Equal("CRT3106", refused.Code);
        Assert.Equal(before, (await PodsAsync()).Where(pod => pod.Condition("Ready")).Select(pod => pod.Uid()).ToHashSet());
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task A_deployment_scaled_to_nothing_has_its_old_number_of_ready_pods_again()
    {
        await DeployAsync(replicas: 3);
        var (injection, preparation) = await InjectAsync("deployment-scale", TargetKind.Deployment, ("replicas", "0"));
        await UntilAsync(async () => (await PodsAsync()).Count == 0, "no pod is left");
        await Driver.RecoverAsync(injection, preparation, Stop);
        await UntilAsync(async () => (await PodsAsync()).Count(pod => pod.Condition("Ready")) == 3, "three ready pods");
        await CleanAsync(injection, preparation);
    }

    private async Task ScaleAsync(int replicas)
    {
        await Client.PatchAsync(Resource.Deployments, Space, "clock", PatchForm.Merge, new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } }, null, Stop);
        await ReadyAsync(replicas);
    }

    private async Task<bool?> IsReadyAsync(string pod) => (await PodsAsync()).FirstOrDefault(found => found.Name() == pod)?.Condition("Ready");
}
