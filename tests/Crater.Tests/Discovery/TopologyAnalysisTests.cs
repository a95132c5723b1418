using Crater.Discovery;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Discovery;

public sealed class TopologyAnalysisTests
{
    [Theory]
    [InlineData("docker.io/library/postgres:16", Tier.Data)]
    [InlineData("bitnami/mongodb:7.0", Tier.Data)]
    [InlineData("rabbitmq:3-management", Tier.Queue)]
    [InlineData("quay.io/strimzi/kafka:0.40", Tier.Queue)]
    [InlineData("registry.example:5000/team/redis-cluster@sha256:abc", Tier.Data)]
    [InlineData("crater/shop:orders-db", Tier.Data)]
    public void An_image_tells_the_tier_when_the_name_tells_nothing(string image, Tier tier) =>
        Assert.Equal(tier, TierOf(Some.Component("svc-a", image)).Tier);

    [Fact]
    public void A_version_tag_is_no_word() =>
        Assert.Equal(Tier.Unknown, TierOf(Some.Component("svc-a", "registry.example/app:1-db")).Tier);

    [Fact]
    public void A_label_wins_over_the_image()
    {
        var component = Some.Component("svc-a", "postgres:16") with { Labels = new Dictionary<string, string> { ["tier"] = "backend" } };
        Assert.Equal((Tier.Backend, "label tier=backend"), TierOf(component));
    }

    [Fact]
    public void A_well_known_port_tells_the_tier()
    {
        var component = Some.Component("svc-a");
        component = component with { Containers = [component.Containers[0] with { Ports = [new ContainerPort("", 6379, "TCP")] }] };
        Assert.Equal(Tier.Data, TierOf(component).Tier);
    }

    [Fact]
    public void Position_in_the_graph_tells_the_tier_when_all_else_is_silent()
    {
        var analysed = TopologyAnalysis.Analyse(Some.Topology("svc-a", ("svc-a", "svc-b"), ("svc-c", "svc-b")));
        Assert.Equal([Tier.Frontend, Tier.Backend, Tier.Worker], new[] { "svc-a", "svc-b", "svc-c" }.Select(name => Find(analysed, name).Tier));
    }

    [Fact]
    public void A_word_inside_another_word_is_no_evidence() =>
        Assert.Equal(Tier.Unknown, TierOf(Some.Component("feedback", "registry.example/webber:1")).Tier);

    [Fact]
    public void Only_what_every_path_leads_through_is_an_articulation_point()
    {
        // a → b → d, a → c → d, d → e: both b and c can be lost, d cannot.
        var analysed = TopologyAnalysis.Analyse(Some.Topology("a", ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e")));
        Assert.Equal(["a", "d"], analysed.Components.Where(component => component.IsArticulationPoint).Select(component => component.Name).Order());
    }

    [Fact]
    public void A_single_replica_makes_an_articulation_point_a_single_point_of_failure()
    {
        var topology = Some.Topology("a", ("a", "b"), ("b", "c"));
        var single = topology with { Components = [.. topology.Components.Select(component => component.Name == "b" ? component with { Replicas = 1 } : component)] };
        Assert.True(Find(TopologyAnalysis.Analyse(single), "b").Criticality > Find(TopologyAnalysis.Analyse(topology), "b").Criticality);
        Assert.Contains(Find(TopologyAnalysis.Analyse(single), "b").CriticalityReasons, reason => reason.StartsWith("single point of failure", StringComparison.Ordinal));
    }

    [Fact]
    public void The_entry_point_is_more_critical_than_what_nobody_needs()
    {
        var analysed = TopologyAnalysis.Analyse(Some.Topology("a", ("a", "b"), ("worker", "b")));
        Assert.True(Find(analysed, "a").Criticality > Find(analysed, "worker").Criticality);
    }

    [Fact]
    public void A_label_decides_criticality_and_is_the_reason()
    {
        var topology = Some.Topology("a", ("a", "b"));
        topology = topology with { Components = [.. topology.Components.Select(component => component with { Labels = new Dictionary<string, string> { ["crater.dev/criticality"] = "0.7" } })] };
        var found = Find(TopologyAnalysis.Analyse(topology), "b");
        Assert.Equal(0.7, found.Criticality);
        Assert.Equal(["label crater.dev/criticality=0.7"], found.CriticalityReasons);
    }

    [Fact]
    public void Only_the_broker_of_the_queue_tier_holds_messages()
    {
        var topology = Some.Topology("a", ("a", "rabbitmq"), ("queue-master", "rabbitmq"));
        var analysed = TopologyAnalysis.Analyse(topology);
        Assert.Contains("holds messages", Find(analysed, "rabbitmq").CriticalityReasons);
        Assert.DoesNotContain("holds messages", Find(analysed, "queue-master").CriticalityReasons);
    }

    [Fact]
    public void What_has_the_queues_name_and_calls_the_broker_is_a_worker()
    {
        var analysed = TopologyAnalysis.Analyse(Some.Topology("a", ("a", "rabbitmq"), ("queue-master", "rabbitmq")));
        Assert.Equal(Tier.Worker, Find(analysed, "queue-master").Tier);
        Assert.Equal(Tier.Queue, Find(analysed, "rabbitmq").Tier);
    }

    [Fact]
    public void A_cycle_ends() =>
        Assert.Equal(3, TopologyAnalysis.Analyse(Some.Topology("a", ("a", "b"), ("b", "c"), ("c", "b"))).Components.Count);

    [Fact]
    public void Analysing_twice_changes_nothing()
    {
        var once = TopologyAnalysis.Analyse(Some.Topology("a", ("a", "b"), ("b", "c")));
        Assert.Equal(TopologyJson.Write(once), TopologyJson.Write(TopologyAnalysis.Analyse(once)));
    }

    private static (Tier Tier, string Reason) TierOf(Component component) => TierAnalysis.Of(component, new DependencyGraph([component], []));

    private static Component Find(Topology topology, string name) => topology.Components.Single(component => component.Name == name);
}
