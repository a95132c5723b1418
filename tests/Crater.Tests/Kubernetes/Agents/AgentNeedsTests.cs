using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
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

    [Theory]
    [InlineData("cpu-burn", TargetKind.Pod)]
    [InlineData("network-loss", TargetKind.Node)]
    public void An_agent_pod_is_filtered_by_its_runtimes_own_profile_confined_by_no_AppArmor_and_not_privileged(string fault, TargetKind kind)
    {
        var pod = AgentManifest.Pod("one", new AgentPodOptions(), "node1", AgentNeeds.Of([Some(fault, kind)]));
        var container = pod.At("spec").Objects("containers").Single().At("securityContext");

        Assert.Equal("RuntimeDefault", pod.Text("spec", "securityContext", "seccompProfile", "type"));
        Assert.Null(container.At("seccompProfile"));
        Assert.Equal(("Unconfined", "unconfined"), (container.Text("appArmorProfile", "type"), pod.Annotation(AgentManifest.OldAppArmorKey)));
        Assert.Equal(("false", "false", "true"), (container.Text("privileged"), container.Text("allowPrivilegeEscalation"), container.Text("readOnlyRootFilesystem")));
        Assert.Equal("ALL", Assert.Single(container.Texts("capabilities", "drop")));
    }

    [Fact]
    public void The_page_says_which_profiles_agent_pods_have()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "agent-pods.md"));
        Assert.Contains("seccomp profile is RuntimeDefault", page, StringComparison.Ordinal);
        Assert.Contains("AppArmor profile is Unconfined", page, StringComparison.Ordinal);
        Assert.Contains(AgentManifest.OldAppArmorKey, page, StringComparison.Ordinal);
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
