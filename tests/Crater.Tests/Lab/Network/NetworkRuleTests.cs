using Crater.Lab.Network;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Lab.Network;

public sealed class NetworkRuleTests
{
    private static readonly Peer Carts = new("1", "deployment/shop/carts", "127.1.1.1", new Dictionary<string, string> { ["app"] = "carts" });
    private static readonly Peer Orders = new("2", "deployment/shop/orders", "127.1.1.2", new Dictionary<string, string> { ["app"] = "orders" });

    [Theory]
    [InlineData(TrafficDirection.Both, true, true)]
    [InlineData(TrafficDirection.In, true, false)]
    [InlineData(TrafficDirection.Out, false, true)]
    internal void Direction_is_seen_from_the_pod(TrafficDirection direction, bool actsOnComing, bool actsOnLeaving)
    {
        var rule = new NetworkRule("x", Carts.Uid, new NetworkEffect.Partition(), direction, Peers: null);
        Assert.Equal((actsOnComing, actsOnLeaving), (rule.ActsOn(Orders, Carts), rule.ActsOn(Carts, Orders)));
    }

    [Fact]
    public void Peers_limit_a_rule_to_pods_with_their_labels()
    {
        var rule = new NetworkRule("x", Carts.Uid, new NetworkEffect.Partition(), TrafficDirection.Both, LabelSelector.Parse("app=orders"));
        Assert.True(rule.ActsOn(Orders, Carts));
        Assert.False(rule.ActsOn(Peer.Outside, Carts));
    }

    [Fact]
    public void A_rule_that_goes_leaves_the_edge_free()
    {
        var edges = new Edges(TimeProvider.System, new Random(1));
        var edge = edges.Between(Orders, Carts);
        edges.Add(new NetworkRule("x", Carts.Uid, new NetworkEffect.Partition(), TrafficDirection.In, Peers: null));
        Assert.Equal((1, 0), (edge.Rules.Forward.Length, edge.Rules.Backward.Length));
        edges.Remove("x");
        Assert.Same(EdgeRules.None, edge.Rules);
    }

    [Theory]
    [InlineData("/carts/*", "GET", "/carts/7?full=1", true)]
    [InlineData("/carts/*", "GET", "/orders/7", false)]
    [InlineData("*", "POST", "/carts", false)]
    public void An_http_rule_matches_path_and_method(string path, string method, string asked, bool matches) =>
        Assert.Equal(matches, new HttpRule("x", Carts.Uid, new HttpEffect.Abort(), path, method, new Ratio(1)).Matches("GET", asked));

    [Fact]
    public void The_p95_of_latencies_is_right_to_the_step_of_a_bucket()
    {
        var histogram = new LatencyHistogram();
        for (var ms = 1; ms <= 100; ms++)
        {
            histogram.Add(TimeSpan.FromMilliseconds(ms));
        }

        Assert.InRange(histogram.Quantile(0.95).TotalMilliseconds, 95, 95 * 1.1);
    }
}
