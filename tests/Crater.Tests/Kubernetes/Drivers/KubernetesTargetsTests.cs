using Crater.Drivers;
using Crater.Kubernetes.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

public sealed class KubernetesTargetsTests : IAsyncLifetime
{
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 3);
        await _lab.DeployAsync("orders", replicas: 1);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task Pods_come_in_stable_order_with_their_component_and_its_size()
    {
        var found = await FindAsync(new TargetSelector { Namespace = "shop", Labels = "app=carts" });
        Assert.Equal(["carts-1-1", "carts-1-2", "carts-1-3"], found.Matches.Select(target => target.Name));
        Assert.Equal(3, found.ComponentSizes["deployment/shop/carts"]);
        Assert.All(found.Matches, target => Assert.Equal(("deployment/shop/carts", "node1"), (target.Component, target.Node)));
    }

    [Fact]
    public async Task The_size_of_a_component_counts_pods_that_do_not_match_too()
    {
        var found = await FindAsync(new TargetSelector { Namespace = "shop", Name = "carts-1-2" });
        Assert.Equal(3, found.ComponentSizes["deployment/shop/carts"]);
    }

    [Fact]
    public async Task A_pod_that_is_going_is_no_target()
    {
        _lab.Store.Modify("pods", "shop", "carts-1-1", pod => pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z");
        Assert.Equal(2, (await FindAsync(new TargetSelector { Namespace = "shop", Labels = "app=carts" })).Matches.Count);
    }

    [Fact]
    public async Task When_nothing_matches_it_is_said_what_is_there()
    {
        var found = await FindAsync(new TargetSelector { Namespace = "shop", Labels = "app=cart" });
        Assert.Empty(found.Matches);
        Assert.Contains(found.SeenInstead, line => line.Contains("app=carts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_namespace_is_answered_with_those_that_exist()
    {
        var found = await FindAsync(new TargetSelector { Namespace = "shopp" });
        Assert.Contains("shop", Assert.Single(found.SeenInstead), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TargetKind.Deployment, "deployment/shop/carts")]
    [InlineData(TargetKind.Node, "node/node1")]
    public async Task Other_kinds_are_found_too(TargetKind kind, string id) =>
        Assert.Equal(id, (await FindAsync(new TargetSelector { Kind = kind, Namespace = "shop" })).Matches[0].Id.Value);

    private Task<TargetSearch> FindAsync(TargetSelector selector) => new KubernetesTargets(_lab.Client, "default").FindAsync(selector, Stop);
}
