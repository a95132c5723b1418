using Crater.Advice;
using Crater.Agents;
using Crater.Discovery;
using Crater.Experiments;
using Crater.Risks;
using Xunit;

namespace Crater.Tests.Agents;

public sealed class AgentTopologyTests
{
    private static Topology Both { get; } = TopologyAnalysis.Analyse(AgentTopology.Of("2 hosts", [SomeHosts.Db, SomeHosts.Web]));

    [Fact]
    public void Hosts_and_the_programs_that_others_would_miss_are_components() =>
        Assert.Equal(["host/db1", "process/db1/redis-server", "container/db1/cron-job", "host/web1", "process/web1/app.py"], Both.Components.Select(component => component.Id));

    [Fact]
    public void A_connection_to_a_known_port_of_a_known_host_is_an_edge_and_any_other_is_not()
    {
        var calls = Both.Dependencies.Where(edge => edge.Evidence.Any(evidence => evidence.Kind == "connection"));
        Assert.Equal(("process/web1/app.py", "process/db1/redis-server"), calls.Select(edge => (edge.From, edge.To)).Single());
    }

    [Fact]
    public void A_container_goes_by_the_name_of_its_program_by_its_id_and_by_what_that_begins_with()
    {
        SeenContainer[] both = [.. SomeHosts.Db.Containers];
        Assert.All(new[] { "cron-job", SomeHosts.ContainerId, "4f0c1d" }, word => Assert.True(both[0].GoesBy(word), word));
        Assert.All(new[] { "4f0c1", "cron", "c1d2e3", "" }, word => Assert.False(both[0].GoesBy(word), word));
        Assert.Equal((true, false), (both[1].GoesBy("spare"), both[1].GoesBy("spar")));
        Assert.Equal(("4f0c1d2e3b5a", "spare"), (both[0].ShortId, both[1].ShortId));
        Assert.Equal(2, Both.Components.Single(component => component.Id == "container/db1/cron-job").Replicas);
        Assert.Contains(Both.Dependencies, edge => edge is { From: "container/db1/cron-job", To: "host/db1" });
    }

    [Fact]
    public void A_program_is_gone_with_its_host() => Assert.Contains(Both.Dependencies, edge => edge is { From: "process/db1/redis-server", To: "host/db1" });

    [Fact]
    public void A_stopped_process_is_there_and_not_ready()
    {
        var app = Both.Components.Single(component => component.Name == "app.py");
        Assert.Equal((2, 1), (app.Replicas, app.Ready));
    }

    [Fact]
    public void A_store_is_known_by_its_port() => Assert.Equal(Tier.Data, Both.Components.Single(component => component.Name == "redis-server").Tier);

    [Fact]
    public void What_was_seen_becomes_proposals_that_can_be_read()
    {
        var advisory = Advisor.Propose(Both, RiskCatalogue.BuiltIn, new AdviceOptions { Count = 5, Drivers = ["agent"], EntryUrl = "http://web1:8080/" });

        Assert.Superset(new HashSet<string> { "HS-1", "HS-3", "HS-4" }, advisory.Proposals.Select(proposal => proposal.Risk.Id).ToHashSet());
        Assert.Contains(advisory.Considered, candidate => candidate.Candidate == "HS-2:process/db1/redis-server");
        Assert.All(advisory.Proposals, proposal => Assert.Empty(ExperimentReader.Read(proposal.Document, Crater.Documents.DocumentFormat.Yaml, new ReadOptions()).Problems.Select(problem => problem.ToString())));
        var hang = advisory.Proposals.Single(proposal => proposal.Risk.Id == "HS-1");
        Assert.Contains("target: {hosts: \"host=db1\", process: \"redis-server\", count: 1}", hang.Document, StringComparison.Ordinal);
        Assert.Equal(["ssh db1 kill -STOP 20"], hang.ByHand.Do);
        Assert.Contains("process/web1/app.py", hang.BlastRadius.Components);
    }

    [Fact]
    public void What_nobody_brings_back_is_not_killed_for_a_test()
    {
        var naked = Both with { Components = [.. Both.Components.Select(component => component with { Pods = [.. component.Pods.Select(pod => pod with { IsNaked = true })] })] };

        Assert.DoesNotContain(Advisor.Propose(naked, RiskCatalogue.BuiltIn, new AdviceOptions { Count = 9, Drivers = ["agent"] }).Proposals, proposal => proposal.Fault.Name == "process-kill");
    }

    [Fact]
    public void A_cluster_s_rules_say_nothing_about_processes()
    {
        var findings = RuleBook.Examine(Both).Where(finding => finding.Component.StartsWith("process/", StringComparison.Ordinal) || finding.Component.StartsWith("host/", StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.Contains("hosts", RuleBook.Find(finding.Rule)!.Reads));
    }

    [Fact]
    public void A_host_that_could_not_be_asked_leaves_unknown_and_no_pass()
    {
        var blind = Both with { Unknown = [new Blindness(AgentTopology.Resource, "db1", "no answer")] };

        Assert.All(RuleBook.Examine(blind).Where(finding => finding.Object.StartsWith("process/db1/", StringComparison.Ordinal)), finding => Assert.Equal(Answer.Unknown, finding.Answer));
    }
}
