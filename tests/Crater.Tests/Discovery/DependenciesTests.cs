using Crater.Discovery;
using Xunit;

namespace Crater.Tests.Discovery;

public sealed class DependenciesTests
{
    [Theory]
    [InlineData("carts")]
    [InlineData("carts.shop")]
    [InlineData("carts.shop.svc")]
    [InlineData("CARTS.shop.svc.cluster.local.")]
    public void A_host_is_the_service_of_that_name(string host) =>
        Assert.Equal("carts", new ServiceNames([Some.Service("carts"), Some.Service("carts-db")]).Resolve(host, "shop")?.Name);

    [Theory]
    [InlineData("cart")]
    [InlineData("carts-d")]
    [InlineData("carts.other")]
    [InlineData("carts.example.com")]
    public void A_host_that_only_looks_like_a_service_is_none(string host) =>
        Assert.Null(new ServiceNames([Some.Service("carts"), Some.Service("carts-db")]).Resolve(host, "shop"));

    [Fact]
    public void A_pod_of_a_headless_service_is_that_service() =>
        Assert.Equal("mongo", new ServiceNames([Some.Service("mongo", headless: true)]).Resolve("mongo-0.mongo.shop.svc.cluster.local", "shop")?.Name);

    [Fact]
    public void Evidence_for_one_edge_is_put_together()
    {
        var seen = Some.Edge("a", "b") with { Confidence = 1 };
        var stated = Some.Edge("a", "b") with { Confidence = 0.8, Evidence = [new Evidence("env", "env B_URL names b")] };
        var edge = Assert.Single(Dependencies.Merge([stated, seen]));
        Assert.Equal((1.0, 2), (edge.Confidence, edge.Evidence.Count));
    }

    [Fact]
    public void A_component_does_not_depend_on_itself() => Assert.Empty(Dependencies.Merge([Some.Edge("a", "a")]));

    [Fact]
    public void Environment_names_lead_to_the_components_behind_the_service()
    {
        var front = Some.Component("front-end");
        front = front with { Containers = [front.Containers[0] with { EnvHosts = ["CARTS_URL=carts:80"] }] };
        var edge = Assert.Single(Dependencies.FromEnvironment([front, Some.Component("carts")], [Some.Service("carts")]));
        Assert.Equal((Some.Id("front-end"), Some.Id("carts"), 0.8), (edge.From, edge.To, edge.Confidence));
    }
}
