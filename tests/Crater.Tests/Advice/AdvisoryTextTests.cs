using Crater.Advice;
using Crater.Discovery;
using Crater.Risks;
using Xunit;

namespace Crater.Tests.Advice;

public sealed class AdvisoryTextTests
{
    private static Advisory Propose(Topology topology) => Advisor.Propose(topology, RiskCatalogue.BuiltIn, new AdviceOptions { Count = 1 });

    [Fact]
    public void The_listing_says_what_where_how_long_and_where_it_was_saved()
    {
        var text = AdvisoryText.List(Propose(SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1))), ["experiments/x.yaml"], explain: false);

        Assert.StartsWith("Experiment 1: orders-db loses its pod\n   Description: A data store with a single replica (statefulset/shop/orders-db spec.replicas: 1 replica", text, StringComparison.Ordinal);
        Assert.Contains("   Environment: k8s\n   Action:      pod-kill(grace-period=0", text, StringComparison.Ordinal);
        Assert.Contains("   Duration:    20s\n   Risk:        medium (DB-1)\n   Saved to:    experiments/x.yaml\n", text, StringComparison.Ordinal);
        Assert.Contains("✓ 1 experiment suggestion from rules\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Explaining_adds_the_commands_with_real_names()
    {
        var text = AdvisoryText.List(Propose(SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1))), [], explain: true);

        Assert.Contains("By hand:     kubectl delete pod orders-db-0 -n shop --grace-period=0", text, StringComparison.Ordinal);
        Assert.Contains("Reaches:     deployment/shop/orders, deployment/shop/front-end\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_place_holder_is_left_in_any_command() => Assert.All(
        Advisor.Propose(SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1)), RiskCatalogue.BuiltIn, new AdviceOptions { Count = 100 }).Proposals
            .SelectMany(proposal => proposal.ByHand.Do.Concat(proposal.ByHand.Undo)),
        command => Assert.DoesNotMatch(@"(?<!\{)\{[a-z-]+(:[a-z]+)?\}(?!\})", command));

    [Fact]
    public void What_must_be_mended_first_is_said()
    {
        var ill = SketchedShop.Web("payment") with { Ready = 1 };

        Assert.Contains("! Mend first: deployment/shop/payment status.readyReplicas: 1 of 2 ready (WK-NOTREADY)", AdvisoryText.List(Propose(SketchedShop.Topology(ill)), [], false), StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_form_names_its_schema_and_source()
    {
        var json = AdvisoryJson.Of(Propose(SketchedShop.Topology()), ["a.yaml"]);

        Assert.Equal(("crater/advice/v1", "rules", "a.yaml"), (
            json["schema"]!.GetValue<string>(), json["proposals"]![0]!["source"]!.GetValue<string>(), json["proposals"]![0]!["savedTo"]!.GetValue<string>()));
    }
}
