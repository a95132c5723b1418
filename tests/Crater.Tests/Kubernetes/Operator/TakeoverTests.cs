using Crater.Drivers;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Keeping;
using Crater.Kubernetes.Operator;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Tests.Kubernetes.Agents;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

public sealed class TakeoverTests
{
    private static readonly RunId Run = new("chaos-0000aaaa");

    [Fact]
    public async Task A_node_whose_agent_never_answers_is_given_up_for_now_after_a_minute_and_named()
    {
        // A hundred of its seconds are one of ours; the agents' own limits, of minutes, go by the usual clock.
        var clock = new HastyClock(100);
        await using var bench = await AgentBench.StartAsync();
        bench.PodStatus = """{"phase":"Pending","containerStatuses":[{"name":"craterd","state":{"waiting":{"reason":"ContainerCreating"}}}]}""";
        using var driver = bench.Driver(patience: TimeSpan.FromMinutes(10));
        await new AgentUses(bench.Client, new AgentPodOptions(), new AgentSpace(bench.Client, new AgentPodOptions(), isOurs: true)).AddAsync(Run, "node1", AgentNeeds.None, $"{Run}-1", LabApi.Stop);
        using var keeper = new ApiStateKeeper(bench.Client, [], TimeProvider.System);
        var began = clock.GetTimestamp();

        var left = Assert.Single(await new Takeover(keeper, driver.Sweep, new OperatorFigures(), clock).RestoreAsync(Run, [], LabApi.Stop));

        Assert.Equal(("node/node1", $"{Run}-1", "Its agent could not be asked in time."), (left.Target, left.Fault, left.Problem));
        Assert.InRange(clock.GetElapsedTime(began), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(150));
    }
}
