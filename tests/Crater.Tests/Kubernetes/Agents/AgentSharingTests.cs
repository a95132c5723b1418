using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Agents;

/// <summary>Two runs on one node, at the worst moments: nobody loses the agent that he uses, and the last one takes it away.</summary>
public sealed class AgentSharingTests
{
    private const string First = "chaos-0000aaaa";
    private const string Second = "chaos-0000bbbb";

    [Fact]
    public async Task A_run_that_comes_while_the_last_one_leaves_keeps_the_agent()
    {
        await using var bench = await AgentBench.StartAsync();
        using var first = bench.Driver();
        using var second = bench.Driver();
        await AgentBench.BeginAsync(first, AgentBench.Injection(First));
        var agent = bench.AgentUid();
        var hasCome = false;
        bench.Between = async context =>
        {
            if (context.Request.Method == "DELETE" && context.Request.Path.Value!.Contains("/pods/", StringComparison.Ordinal) && !hasCome)
            {
                hasCome = true;
                await AgentBench.BeginAsync(second, AgentBench.Injection(Second));
            }

            return false;
        };

        await first.EndAsync(new RunId(First), LabApi.Stop);

        Assert.True(hasCome, "the first run removed its agent");
        Assert.Equal(agent, bench.AgentUid());
        await second.EndAsync(new RunId(Second), LabApi.Stop);
        Assert.Empty(bench.Left());
    }

    [Fact]
    public async Task Two_runs_that_begin_at_once_share_one_agent()
    {
        await using var bench = await AgentBench.StartAsync();
        using var first = bench.Driver();
        using var second = bench.Driver();

        await Task.WhenAll(AgentBench.BeginAsync(first, AgentBench.Injection(First)), AgentBench.BeginAsync(second, AgentBench.Injection(Second)));

        _ = bench.AgentUid();
        await first.EndAsync(new RunId(First), LabApi.Stop);
        _ = bench.AgentUid();
        await second.EndAsync(new RunId(Second), LabApi.Stop);
        Assert.Empty(bench.Left());
    }

    [Fact]
    public async Task A_run_that_needs_more_waits_for_the_end_of_the_one_that_the_agent_is_for()
    {
        await using var bench = await AgentBench.StartAsync();
        using var first = bench.Driver();
        using var second = bench.Driver();
        await AgentBench.BeginAsync(first, AgentBench.Injection(First));
        var agent = bench.AgentUid();

        var waiting = AgentBench.BeginAsync(second, AgentBench.Injection(Second, "network-loss"));
        await UntilAsync(() => bench.Left().Count(name => name.StartsWith("leases", StringComparison.Ordinal)) == 2);
        Assert.Equal(agent, bench.AgentUid());
        await first.EndAsync(new RunId(First), LabApi.Stop);
        await waiting;

        Assert.NotEqual(agent, bench.AgentUid());
        await second.EndAsync(new RunId(Second), LabApi.Stop);
        Assert.Empty(bench.Left());
    }

    [Fact]
    public async Task Two_that_wait_for_the_end_of_a_third_do_not_wait_for_each_other()
    {
        await using var bench = await AgentBench.StartAsync();
        using var third = bench.Driver();
        using var first = bench.Driver();
        using var second = bench.Driver();
        await AgentBench.BeginAsync(third, AgentBench.Injection("chaos-0000cccc"));

        var waiting = Task.WhenAll(AgentBench.BeginAsync(first, AgentBench.Injection(First, "network-loss")), AgentBench.BeginAsync(second, AgentBench.Injection(Second, "port-occupy")));
        await UntilAsync(() => bench.Left().Count(name => name.StartsWith("leases", StringComparison.Ordinal)) == 3);
        await third.EndAsync(new RunId("chaos-0000cccc"), LabApi.Stop);
        await waiting;

        await first.EndAsync(new RunId(First), LabApi.Stop);
        await second.EndAsync(new RunId(Second), LabApi.Stop);
        Assert.Empty(bench.Left());
    }

    [Fact]
    public async Task Two_runs_that_begin_at_once_on_two_nodes_share_agents_that_may_do_what_both_need()
    {
        await using var bench = await AgentBench.StartAsync();
        await bench.NodeAsync("node2", isReady: true);
        using var first = bench.Driver();
        using var second = bench.Driver();
        // No agent is made before both have written that they come.
        bench.Between = async context =>
        {
            if (context.Request.Method == "POST" && context.Request.Path.Value!.EndsWith("/secrets", StringComparison.Ordinal))
            {
                await UntilAsync(() => bench.Left().Count(name => name.StartsWith("leases", StringComparison.Ordinal)) == 4);
            }

            return false;
        };

        await Task.WhenAll(BeginOnBothAsync(first, First, "network-loss"), BeginOnBothAsync(second, Second, "port-occupy"));

        foreach (var pod in bench.Lab.Store.Scan("pods", AgentBench.Space).Items)
        {
            var may = AgentNeeds.Parse(pod.Annotation(AgentNames.NeedsKey)).Capabilities;
            Assert.True(may.Contains("NET_ADMIN") && may.Contains("NET_BIND_SERVICE"), string.Join(", ", may));
        }

        await first.EndAsync(new RunId(First), LabApi.Stop);
        await second.EndAsync(new RunId(Second), LabApi.Stop);
        Assert.Empty(bench.Left());

        static Task BeginOnBothAsync(PodAgentDriver driver, string run, string fault) =>
            driver.BeginAsync(new RunId(run), [AgentBench.Injection(run, fault), AgentBench.Injection(run, fault, "node2")], LabApi.Stop);
    }

    [Fact]
    public async Task Patience_with_another_run_has_an_end_and_that_run_keeps_its_agent()
    {
        await using var bench = await AgentBench.StartAsync();
        using var first = bench.Driver();
        using var second = bench.Driver(TimeSpan.FromSeconds(1));
        await AgentBench.BeginAsync(first, AgentBench.Injection(First));
        var before = bench.Left();

        var error = await Assert.ThrowsAsync<CraterException>(() => AgentBench.BeginAsync(second, AgentBench.Injection(Second, "network-loss")));

        Assert.Equal("CRT8507", error.Code);
        Assert.Equal(before, bench.Left());
    }

    [Fact]
    public async Task A_token_that_a_dead_run_left_without_a_pod_is_in_nobodys_way()
    {
        await using var bench = await AgentBench.StartAsync();
        using var first = bench.Driver();
        await AgentBench.BeginAsync(first, AgentBench.Injection(First));
        var token = Assert.Single(bench.Lab.Store.Scan("secrets", AgentBench.Space).Items).Name();
        bench.Lab.Store.Remove("pods", AgentBench.Space, token);
        bench.Lab.Store.Modify("secrets", AgentBench.Space, token, secret => secret["metadata"]!["creationTimestamp"] = "2026-01-01T00:00:00Z");
        using var second = bench.Driver();

        await AgentBench.BeginAsync(second, AgentBench.Injection(Second));

        _ = bench.AgentUid();
    }

    [Fact]
    public async Task A_run_is_renewed_while_it_holds_no_fault()
    {
        await using var bench = await AgentBench.StartAsync();
        var clock = new Crater.Tests.Measurements.ManualClock(DateTimeOffset.UnixEpoch);
        var uses = new AgentUses(bench.Client, new AgentPodOptions(), new AgentSpace(bench.Client, new AgentPodOptions(), isOurs: true));
        using var renewals = new AgentRenewals(uses, clock);
        await uses.AddAsync(new RunId(First), "node1", AgentNeeds.None, "", LabApi.Stop);
        string RenewedAt() => Assert.Single(bench.Lab.Store.Scan("leases.coordination.k8s.io", AgentBench.Space).Items).Text("spec", "renewTime");
        bench.Lab.Store.Modify("leases.coordination.k8s.io", AgentBench.Space, AgentNames.OfUse(new RunId(First), "node1"), lease => lease["spec"]!["renewTime"] = "2026-01-01T00:00:00.000000Z");

        renewals.Keep(new RunId(First), "node1");
        clock.Advance(AgentUses.RenewEvery);

        await UntilAsync(() => !RenewedAt().StartsWith("2026-01-01", StringComparison.Ordinal));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, LabApi.Stop);
        }
    }
}
