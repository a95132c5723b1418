using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>Faults of hosts on pods: an agent pod comes to the node for the run, and goes with it.</summary>
public sealed class PodRunTests(AgentLab lab) : IClassFixture<AgentLab>
{
    [Fact]
    public async Task A_pod_is_frozen_through_an_agent_pod_on_its_node_and_everything_is_gone_afterwards()
    {
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("process-stop", "", "4s"));

        var pods = await lab.PodsAsync("work");
        await Wait.UntilAsync(() => pods.Any(lab.IsFrozen), "one of the pods stands still");
        var agent = Assert.Single(await lab.PodsAsync("crater-system"));
        Assert.Equal(pods.Single(lab.IsFrozen).Node, agent.Node);

        var answer = await run.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.DoesNotContain(pods, lab.IsFrozen);
        await Wait.UntilAsync(async () => (await lab.LeftAsync()).Count == 0, "nothing of the agents is left", Wait.Patience);
    }

    [Fact]
    public async Task A_line_to_the_api_server_that_is_cut_in_the_middle_is_made_anew_and_the_run_goes_on()
    {
        await using var line = new CutLine(lab.Server);
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("process-stop", "", "7s"), "--kubeconfig", await lab.KubeconfigThroughAsync(line.Port));
        var pods = await lab.PodsAsync("work");
        // An inject whose answer is lost is taken off by craterd; from here on the run only renews and looks.
        await Wait.UntilAsync(() => run.HasExited || run.Out.Contains("in place: ", StringComparison.Ordinal), "craterctl knows that the pod stands still");
        Assert.Contains(pods, lab.IsFrozen);

        Assert.True(line.Cut() > 0, "craterctl had no connection to the API server, so nothing was cut");
        var answer = await run.EndAsync();

        Assert.True(answer.Code == 0, answer.ToString());
        Assert.DoesNotContain(pods, lab.IsFrozen);
        await Wait.UntilAsync(async () => (await lab.LeftAsync()).Count == 0, "nothing of the agents is left", Wait.Patience);
    }

    [Fact]
    public async Task A_pods_cpu_is_burned_on_its_own_account()
    {
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("pod-cpu-hog", "percent: 20", "4s"));

        var pods = await lab.PodsAsync("work");
        await Wait.UntilAsync(() => pods.Any(pod => lab.Members(pod) > 1), "a process of the agent is in the pod's control group");

        var answer = await run.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.All(pods, pod => Assert.Equal(1, lab.Members(pod)));
        await Wait.UntilAsync(async () => (await lab.LeftAsync()).Count == 0, "nothing of the agents is left", Wait.Patience);
    }
}
