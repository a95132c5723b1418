using Crater.Advice;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;
using Xunit;

namespace Crater.Tests.Advice;

public sealed class AdvisorTests
{
    private static Advisory Propose(Topology topology, AdviceOptions? options = null) =>
        Advisor.Propose(topology, RiskCatalogue.BuiltIn, options ?? new AdviceOptions());

    [Fact]
    public void A_healthy_application_has_no_finding_of_high_severity() =>
        Assert.DoesNotContain(Propose(SketchedShop.Topology()).Findings, f => f is { Answer: Answer.Violated, Severity: Severity.High });

    [Fact]
    public void A_data_store_with_one_replica_is_the_first_thing_to_try()
    {
        var first = Propose(SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1))).Proposals[0];

        Assert.Equal(("DB-1", "pod-kill", "statefulset/shop/orders-db"), (first.Risk.Id, first.Fault.Name, first.Component));
    }

    [Fact]
    public void A_call_without_a_timeout_is_tried_by_delaying_the_callee_for_that_caller()
    {
        var orders = SketchedShop.Web("orders");
        orders = orders with { Policy = orders.Policy.Declaring("client-timeout.payment", "none") };

        var first = Propose(SketchedShop.Topology(orders)).Proposals[0];

        Assert.Equal(("network-delay", "deployment/shop/payment", "app=orders"), (first.Fault.Name, first.Component, first.Fault.Text("peers")));
    }

    [Fact]
    public void A_cache_that_must_be_there_is_tried_by_cutting_all_of_it_off_from_that_caller()
    {
        var carts = SketchedShop.Web("carts");
        carts = carts with { Policy = carts.Policy.Declaring("cache.carts-db", "hard") };

        var first = Propose(SketchedShop.Topology(carts)).Proposals[0];

        Assert.Equal(("network-partition", "app=carts", 2), (first.Fault.Name, first.Fault.Text("peers"), first.Target.Count));
    }

    [Fact]
    public void A_grave_question_comes_before_a_small_known_flaw_and_after_a_known_weakness()
    {
        var orders = SketchedShop.Web("orders");
        var undeclared = orders with { Policy = orders.Policy with { Declared = new Dictionary<string, string>() } };
        var flawed = SketchedShop.Web("payment");
        var small = flawed with { Containers = [flawed.Containers[0] with { Liveness = null }] };
        var known = SketchedShop.Web("carts", replicas: 1);

        var rules = Propose(SketchedShop.Topology(undeclared, small, known), new AdviceOptions { Count = 10 }).Proposals.Select(proposal => proposal.Evidence[0].Split(':')[0]).ToList();

        Assert.True(rules.IndexOf("WK-REPLICAS") < rules.IndexOf("WK-TIMEOUT") && rules.IndexOf("WK-TIMEOUT") < rules.IndexOf("WK-LIVE"), string.Join(", ", rules));
    }

    [Fact]
    public void The_same_topology_gives_the_same_advice_whatever_its_order()
    {
        var topology = SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1), SketchedShop.Web("payment", replicas: 1));
        var reversed = topology with { Components = [.. topology.Components.Reverse()], Dependencies = [.. topology.Dependencies.Reverse()] };

        Assert.Equal(
            Propose(topology).Proposals.Select(p => p.Document),
            Propose(reversed).Proposals.Select(p => p.Document));
    }

    [Fact]
    public void No_two_proposals_share_a_weakness_or_a_target_and_fault_family()
    {
        var advice = Propose(SketchedShop.Topology(SketchedShop.Web("payment", replicas: 1)), new AdviceOptions { Count = 20 });

        Assert.Equal(advice.Proposals.Count, advice.Proposals.Select(p => p.Evidence[0]).Distinct().Count());
        Assert.Equal(advice.Proposals.Count, advice.Proposals.Select(p => (p.Target.ToString(), FaultCatalogue.Find(p.Fault.Name)!.Family)).Distinct().Count());
    }

    [Fact]
    public void Every_target_exists_in_the_topology()
    {
        var topology = SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1));
        var advice = Propose(topology, new AdviceOptions { Count = 50 });

        Assert.All(advice.Proposals, p => Assert.Contains(p.Component, topology.Components.Select(c => c.Id)));
    }

    [Fact]
    public void A_component_that_is_ill_is_mended_and_not_tested()
    {
        var ill = SketchedShop.Web("payment") with { Ready = 1 };

        var advice = Propose(SketchedShop.Topology(ill), new AdviceOptions { Count = 50 });

        Assert.DoesNotContain(advice.Proposals, p => p.Component == ill.Id || p.Weak == ill.Id);
        Assert.Contains(advice.Findings, f => f is { Rule: "WK-NOTREADY", FixFirst: true } && f.Component == ill.Id);
    }

    [Fact]
    public void What_was_upheld_lately_ranks_below_what_was_never_tried()
    {
        var topology = SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1), SketchedShop.Store("carts-db", replicas: 1));
        var first = Propose(topology).Proposals[0];

        var again = Propose(topology, new AdviceOptions { History = [new PastRun(first.Component, first.Fault.Name, "upheld", TimeSpan.FromDays(2))] });

        Assert.NotEqual(first.Component, again.Proposals[0].Component);
    }

    [Fact]
    public void A_fault_that_no_driver_at_hand_can_do_is_not_proposed() =>
        Assert.All(
            Propose(SketchedShop.Topology(), new AdviceOptions { Count = 100, Drivers = ["kubernetes"] }).Proposals,
            p => Assert.Contains("kubernetes", FaultCatalogue.Find(p.Fault.Name)!.Drivers));

    [Fact]
    public void The_predicted_blast_radius_goes_up_to_the_way_in()
    {
        var radius = Propose(SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1))).Proposals[0].BlastRadius;

        Assert.Equal(["statefulset/shop/orders-db"], radius.Targets);
        Assert.Equal(["deployment/shop/orders"], radius.Direct);
        Assert.Equal(["deployment/shop/front-end"], radius.Transitive);
        Assert.Equal(1, radius.EntryRouteShare);
    }

    [Fact]
    public void An_impossible_count_is_refused() =>
        Assert.Equal("CRT9302", Assert.Throws<CraterException>(() => Propose(SketchedShop.Topology(), new AdviceOptions { Count = 0 })).Code);

    [Fact]
    public void Proposals_are_saved_under_their_slugs()
    {
        var folder = Directory.CreateTempSubdirectory("crater-advice-");
        try
        {
            var proposals = Propose(SketchedShop.Topology()).Proposals;

            var paths = ProposalWriter.Write(proposals, folder.FullName, ProposalFormat.Experiment);

            Assert.Equal(proposals.Select(p => p.Document), paths.Select(File.ReadAllText));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
