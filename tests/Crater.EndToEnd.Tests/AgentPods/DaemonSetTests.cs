using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Xunit;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>The same lab with the agents' DaemonSet of deploy/manifests in it, as the real craterd on each node.</summary>
public sealed class StandingAgentLab : AgentLab
{
    private const string Sets = "/apis/apps/v1/namespaces/crater-system/daemonsets";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var one in Chart.Documents(await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "deploy", "manifests", "crater-agents.yaml"), TestContext.Current.CancellationToken)))
        {
            await SendAsync(HttpMethod.Post, one.Text("kind") == "Namespace" ? "/api/v1/namespaces" : Sets, one.ToJsonString());
            if (one.Text("kind") == "Namespace")
            {
                await SendAsync(HttpMethod.Post, "/api/v1/namespaces/crater-system/secrets", """{"metadata":{"name":"crater-agent"},"stringData":{"token":"0123456789abcdef0123456789abcdef"}}""");
            }
        }

        await Wait.UntilAsync(async () => (await PodsAsync("crater-system")).Count(pod => pod.IsReady) == 2, "an agent stands on each node", Wait.Patience);
    }

    /// <summary>What no run may leave: all but the standing agents and their token.</summary>
    internal async Task<IReadOnlyList<string>> LeftOfRunsAsync()
    {
        var standing = (await PodsAsync("crater-system")).Where(pod => pod.Name.StartsWith("crater-agent-", StringComparison.Ordinal) && IsOfSet(pod.Json)).Select(pod => $"pods/{pod.Name}");
        return [.. (await LeftAsync()).Except([.. standing, "secrets/crater-agent"])];
    }

    internal async Task<SeenPod> AgentOnAsync(string node) => (await PodsAsync("crater-system")).Single(pod => pod.Node == node && pod.IsReady);

    internal async Task SelectAsync(string selector) =>
        await SendAsync(HttpMethod.Patch, $"{Sets}/crater-agent", $$$"""{"spec":{"template":{"spec":{"nodeSelector":{{{selector}}} } } } }""");

    internal async Task CapabilitiesAsync(JsonArray list)
    {
        var set = (await GetAsync($"{Sets}/crater-agent")).AsObject();
        set["spec"]!["template"]!["spec"]!["containers"]![0]!["securityContext"]!["capabilities"]!["add"] = list;
        set["metadata"]!.AsObject().Remove("managedFields");
        await SendAsync(HttpMethod.Put, $"{Sets}/crater-agent", set.ToJsonString());
        await Wait.UntilAsync(async () =>
        {
            var pods = (await PodsAsync("crater-system")).Where(pod => pod.IsReady && !pod.Json.IsTerminating()).ToList();
            return pods.Count == 2 && pods.All(pod => pod.Json.At("spec").Objects("containers").Single().Texts("securityContext", "capabilities", "add").Count == list.Count);
        }, "the agents are replaced", TimeSpan.FromSeconds(90));
    }

    private static bool IsOfSet(JsonObject pod) => pod.Controller().Text("kind") == "DaemonSet";
}

/// <summary>Faults of hosts through agents that are always there: nothing is started, nothing is removed, and what they may not do is refused.</summary>
public sealed class DaemonSetTests(StandingAgentLab lab) : IClassFixture<StandingAgentLab>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_pod_is_frozen_through_the_agent_that_stands_on_its_node_which_stays()
    {
        var before = await AgentsAsync();
        var desk = Desk();
        using var run = desk.Start("run", desk.Document("process-stop", "", "4s"));
        var pods = await lab.PodsAsync("work");
        await Wait.UntilAsync(() => Task.FromResult(run.HasExited || pods.Any(lab.IsFrozen)), "one of the pods stands still", Patience);

        Assert.False(run.HasExited, run.Out);
        Assert.Equal(before, await AgentsAsync());
        var answer = await run.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.DoesNotContain(pods, lab.IsFrozen);
        Assert.Equal(before, await AgentsAsync());
        Assert.Empty(await lab.LeftOfRunsAsync());
    }

    [Fact]
    public async Task Whoever_does_not_know_of_the_daemon_set_uses_it_all_the_same_and_finishes_what_a_dead_craterctl_left()
    {
        var before = await AgentsAsync();
        var desk = Desk();
        var run = desk.Start("run", desk.Document("process-stop", "", "2m"));
        var pods = await lab.PodsAsync("work");
        await Wait.UntilAsync(() => Task.FromResult(run.HasExited || pods.Any(lab.IsFrozen)), "one of the pods stands still", Patience);
        run.Signal(9);

        var other = lab.NewDesk();      // without a stack.yaml
        await Wait.UntilAsync(async () => (await other.RunAsync("recover", "--all")).Code == 0 && (await lab.LeftOfRunsAsync()).Count == 0, "recover --all from another folder ends it", Patience);

        Assert.DoesNotContain(pods, lab.IsFrozen);
        Assert.Equal(before, await AgentsAsync());
    }

    [Fact]
    public async Task A_standing_agent_that_is_killed_is_followed_by_one_that_cleans_up_after_it()
    {
        var desk = Desk();
        using var run = desk.Start("run", desk.Document("process-stop", "", "2m"));
        var pods = await lab.PodsAsync("work");
        await Wait.UntilAsync(() => Task.FromResult(run.HasExited || pods.Any(lab.IsFrozen)), "one of the pods stands still", Patience);
        var frozen = pods.Single(lab.IsFrozen);
        var agent = await lab.AgentOnAsync(frozen.Node);
        await lab.SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/crater-system/pods/{agent.Name}?gracePeriodSeconds=0");

        var answer = await run.EndAsync();
        Assert.True(answer.Code is 3, answer.ToString());
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        Assert.False(lab.IsFrozen(frozen));
        await Wait.UntilAsync(async () => (await AgentsAsync()).Count == 2, "there is one on each node again", Patience);
        Assert.Empty(await lab.LeftOfRunsAsync());
    }

    [Fact]
    public async Task A_node_without_one_is_refused_and_nothing_is_touched()
    {
        await lab.SelectAsync("""{"agents":"none"}""");
        try
        {
            await Wait.UntilAsync(async () => (await lab.PodsAsync("crater-system")).Count == 0, "no agent stands anywhere", Patience);
            var desk = Desk();

            var answer = await desk.RunAsync("run", desk.Document("process-stop", "", "4s"));

            Assert.Equal(5, answer.Code);
            Assert.Contains("No pod of the agents' DaemonSet is on node", answer.Out, StringComparison.Ordinal);
            Assert.Contains("Nothing was injected", answer.Out, StringComparison.Ordinal);
            Assert.Contains("\"CRT8509\"", await EventsAsync(desk), StringComparison.Ordinal);
            Assert.DoesNotContain(await lab.PodsAsync("work"), lab.IsFrozen);
            Assert.Empty(await lab.LeftOfRunsAsync());
        }
        finally
        {
            await lab.SelectAsync("""{"agents":null}""");
            await Wait.UntilAsync(async () => (await AgentsAsync()).Count == 2, "an agent stands on each node again", Patience);
        }
    }

    [Fact]
    public async Task A_fault_that_they_may_not_do_is_refused_and_one_that_they_may_is_not()
    {
        JsonArray all = [.. Container((await lab.PodsAsync("crater-system"))[0]).Texts("securityContext", "capabilities", "add").Select(one => (JsonNode)one)];
        await lab.CapabilitiesAsync([.. all.Select(one => one!.GetValue<string>()).Where(one => one is "DAC_READ_SEARCH" or "KILL" or "SYS_ADMIN" or "SYS_PTRACE").Select(one => (JsonNode)one)]);
        try
        {
            var desk = Desk();
            var refused = await desk.RunAsync("run", desk.Document("network-loss", "loss: 1", "3s"));
            Assert.Equal(5, refused.Code);
            Assert.Contains("it lacks the capability NET_ADMIN", refused.Out, StringComparison.Ordinal);
            Assert.Contains("\"CRT8517\"", await EventsAsync(desk), StringComparison.Ordinal);
            Assert.Empty(await lab.LeftOfRunsAsync());

            var done = await desk.RunAsync("run", desk.Document("process-stop", "", "4s"));
            Assert.True(done.Code == 0, done.ToString());
        }
        finally
        {
            await lab.CapabilitiesAsync(all);
        }
    }

    private static JsonObject Container(SeenPod pod) => pod.Json.At("spec").Objects("containers").Single();

    private static Task<string> EventsAsync(AgentDesk desk) =>
        File.ReadAllTextAsync(Path.Combine(desk.Folder, ".crater", "runs", desk.Run(), "events.jsonl"), TestContext.Current.CancellationToken);

    private AgentDesk Desk()
    {
        var desk = lab.NewDesk();
        File.WriteAllText(Path.Combine(desk.Folder, "stack.yaml"), "agents: {daemon_set: true}\n");
        return desk;
    }

    private async Task<IReadOnlyList<string>> AgentsAsync() =>
        [.. (await lab.PodsAsync("crater-system")).Where(pod => pod.IsReady).Select(pod => $"{pod.Node} {pod.Uid} {pod.Restarts}").Order(StringComparer.Ordinal)];
}
