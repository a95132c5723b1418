using Crater.EndToEnd.Tests.CommandLine;
using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>Whoever dies while a pod stands still: it goes on, and nothing of the agents is left.</summary>
public sealed class AgentDeathTests(AgentLab lab) : IClassFixture<AgentLab>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Craterctl_is_killed_and_the_lease_ends_the_fault()
    {
        var (_, run, pod) = await FreezeAsync();
        run.Signal(9);

        await Wait.UntilAsync(() => Task.FromResult(!lab.IsFrozen(pod)), "the keeper takes the fault off when its lease is over", Patience);
        await LeftNothingAsync();
    }

    [Fact]
    public async Task An_agent_pod_that_is_asked_to_end_takes_everything_off_before()
    {
        var (_, run, pod) = await FreezeAsync();
        var agent = Assert.Single(await lab.PodsAsync("crater-system"));
        await lab.SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/crater-system/pods/{agent.Name}");

        await Wait.UntilAsync(() => Task.FromResult(!lab.IsFrozen(pod)), "the pod goes on", Patience);
        var answer = await run.EndAsync();
        Assert.True(answer.Code is 3, answer.ToString());
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        await LeftNothingAsync();
    }

    [Fact]
    public async Task An_agent_pod_that_is_killed_is_followed_by_one_that_cleans_up_after_it()
    {
        var (_, run, pod) = await FreezeAsync();
        await KillAgentAsync();

        var answer = await run.EndAsync();
        Assert.True(answer.Code is 3, answer.ToString());
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        Assert.False(lab.IsFrozen(pod));
        await LeftNothingAsync();
    }

    [Fact]
    public async Task Craterctl_and_the_agent_pod_are_killed_and_recover_all_of_somebody_else_finishes_it()
    {
        var (_, run, pod) = await FreezeAsync();
        run.Signal(9);
        await KillAgentAsync();
        Assert.True(lab.IsFrozen(pod), "who holds it is gone, and nobody takes it off by himself at once");

        var other = lab.NewDesk();
        await Wait.UntilAsync(async () => (await other.RunAsync("recover", "--all")).Code == 0 && !lab.IsFrozen(pod), "recover --all from another folder takes it off", Patience);
        await LeftNothingAsync();
    }

    [Fact]
    public async Task Whoever_looks_from_another_folder_sees_the_use_of_a_node_and_can_end_it()
    {
        var (_, run, pod) = await FreezeAsync();
        var other = lab.NewDesk();

        var status = await other.RunAsync("status", "--all");
        Assert.Contains($"on node {pod.Node}", status.Out, StringComparison.Ordinal);
        var abort = await other.RunAsync("abort", "--all");

        Assert.True(abort.Code == 0, abort.ToString());
        Assert.False(lab.IsFrozen(pod));
        Assert.True((await run.EndAsync()).Code is 3, run.Out);
        await LeftNothingAsync();
    }

    [Fact]
    public async Task A_keeper_is_killed_and_its_guardian_takes_the_fault_off()
    {
        var (_, run, pod) = await FreezeAsync();
        var keepers = AgentProcesses().Where(pid => CommandOf(pid).Contains(" keep ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(keepers);
        keepers.ForEach(pid => ProcessId.Of(pid)?.Signal(9));

        await Wait.UntilAsync(() => Task.FromResult(!lab.IsFrozen(pod)), "the guardian takes the fault off", Patience);
        await run.EndAsync();
        await LeftNothingAsync();
    }

    private async Task<(AgentDesk Desk, CraterProcess Run, SeenPod Pod)> FreezeAsync()
    {
        var desk = lab.NewDesk();
        var run = desk.Start("run", desk.Document("process-stop", "", "2m"));
        var pods = await lab.PodsAsync("work");
        await Wait.UntilAsync(() => Task.FromResult(run.HasExited || pods.Any(lab.IsFrozen)), "one of the pods stands still", Patience);
        Assert.False(run.HasExited, run.Out);
        return (desk, run, pods.Single(lab.IsFrozen));
    }

    /// <summary>Ends every process in the agent pod's control group at once, as a node that fails does.</summary>
    private async Task KillAgentAsync()
    {
        var agent = Assert.Single(await lab.PodsAsync("crater-system"));
        await lab.SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/crater-system/pods/{agent.Name}?gracePeriodSeconds=0");
        await Wait.UntilAsync(async () => (await lab.PodsAsync("crater-system")).All(pod => pod.Uid != agent.Uid), "the agent pod is gone", Patience);
    }

    private IReadOnlyList<int> AgentProcesses() =>
        [.. Directory.GetDirectories(lab.Groups("cpu")).SelectMany(Directory.GetDirectories).SelectMany(group => File.ReadAllLines(Path.Combine(group, "cgroup.procs"))).Select(int.Parse)
            .Where(pid => CommandOf(pid).Contains("craterd", StringComparison.Ordinal))];

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private async Task LeftNothingAsync()
    {
        await Wait.UntilAsync(async () => (await lab.LeftAsync()).Count == 0, "nothing of the agents is left", Patience);
        Assert.DoesNotContain(await lab.PodsAsync("work"), lab.IsFrozen);
    }
}
