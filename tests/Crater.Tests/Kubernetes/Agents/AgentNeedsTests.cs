using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Agents;
using Crater.Targets;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Kubernetes.Agents;

/// <summary>What agent pods may do on their nodes.</summary>
public sealed class AgentNeedsTests
{
    [Fact]
    public void A_fault_of_a_pods_network_takes_rules_of_packets_and_not_the_nodes_network()
    {
        var needs = AgentNeeds.Of([Some("network-delay", TargetKind.Pod)]);

        Assert.Contains("NET_ADMIN", needs.Capabilities);
        Assert.False(needs.IsOnHostNetwork);
    }

    [Fact]
    public void A_fault_of_the_processor_takes_no_network() =>
        Assert.DoesNotContain("NET_ADMIN", AgentNeeds.Of([Some("cpu-burn", TargetKind.Pod)]).Capabilities);

    [Fact]
    public void What_burns_on_a_node_itself_is_not_held_back_by_the_agents_own_limits()
    {
        Assert.True(AgentNeeds.Of([Some("cpu-burn", TargetKind.Node)]).IsUnbounded);
        Assert.False(AgentNeeds.Of([Some("cpu-burn", TargetKind.Pod)]).IsUnbounded);
    }

    [Fact]
    public void A_pod_for_two_faults_may_do_both_and_one_for_the_first_not_the_second()
    {
        var (first, second) = (AgentNeeds.Of([Some("cpu-burn", TargetKind.Pod)]), AgentNeeds.Of([Some("network-loss", TargetKind.Pod)]));

        Assert.True(first.With(second).Covers(second));
        Assert.False(first.Covers(second));
    }

    [Fact]
    public void What_stands_at_a_pod_is_read_back_as_it_was()
    {
        var needs = AgentNeeds.Of([Some("network-loss", TargetKind.Node), Some("cpu-burn", TargetKind.Node)]);

        var read = AgentNeeds.Parse(needs.Json().ToJsonString());

        Assert.True(read.Covers(needs) && needs.Covers(read));
    }

    [Fact]
    public void The_page_has_the_table()
    {
        var path = Path.Combine(RepositoryRoot.Path, "docs", "agent-pods.md");
        var page = File.ReadAllText(path);
        const string Begin = "<!-- needs -->\n";
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf("<!-- end -->", StringComparison.Ordinal));
        var meant = page[..from] + NeedsText.Table() + page[to..];
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, meant);
            return;
        }

        Assert.Equal(meant, page);
    }

    private static Injection Some(string fault, TargetKind kind) => new()
    {
        Run = new RunId("chaos-0000abcd"),
        Sequence = 1,
        Activity = "a test",
        Fault = new Fault { Name = fault, AskedAs = fault, Arguments = new Dictionary<string, string>() },
        Target = new Target { Kind = kind, Namespace = "work", Name = "one", Node = "node1" },
        Driver = "agent",
        Duration = TimeSpan.FromSeconds(60),
    };
}
