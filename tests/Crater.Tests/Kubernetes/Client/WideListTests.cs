using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class WideListTests
{
    [Fact]
    public async Task Who_may_see_everything_asks_once()
    {
        var (found, requests) = await ListAsync(Resource.ConfigMaps, ["shop", "pay"]);

        Assert.Equal(["one", "two"], found.Items.Select(one => one.Name()));
        Assert.Equal(["/api/v1/configmaps"], requests);
        Assert.True(found.HasLooked);
        Assert.Empty(found.Refusals);
    }

    [Fact]
    public async Task Who_may_see_some_namespaces_sees_what_is_in_them_and_is_told_of_the_others()
    {
        var (found, requests) = await ListAsync(Resource.ConfigMaps, ["shop", "pay", "shop"], "/api/v1/configmaps", "/api/v1/namespaces/pay/configmaps");

        Assert.Equal("one", Assert.Single(found.Items).Name());
        Assert.True(found.HasLooked);
        Assert.Contains("/namespaces/pay/", Assert.Single(found.Refusals).Message, StringComparison.Ordinal);
        Assert.Equal(["/api/v1/configmaps", "/api/v1/namespaces/shop/configmaps", "/api/v1/namespaces/pay/configmaps"], requests);
    }

    [Fact]
    public async Task Who_may_see_no_namespace_has_seen_nothing_and_that_is_not_that_nothing_is_there()
    {
        var (found, _) = await ListAsync(Resource.ConfigMaps, ["shop"], "/api/v1/configmaps", "/api/v1/namespaces/shop/configmaps");

        Assert.Empty(found.Items);
        Assert.False(found.HasLooked);
        Assert.NotEmpty(found.Refusals);
    }

    [Fact]
    public async Task Without_a_namespace_to_look_into_the_first_refusal_is_the_answer()
    {
        var (found, _) = await ListAsync(Resource.ConfigMaps, [], "/api/v1/configmaps");

        Assert.False(found.HasLooked);
        Assert.Single(found.Refusals);
    }

    [Fact]
    public async Task What_lives_in_no_namespace_is_not_looked_for_in_one()
    {
        var (found, requests) = await ListAsync(Resource.Nodes, ["shop"], "/api/v1/nodes");

        Assert.False(found.HasLooked);
        Assert.Equal(["/api/v1/nodes"], requests);
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_no_refusal() =>
        Assert.False((await Assert.ThrowsAsync<KubernetesException>(() => ListAsync(new Resource("none.dev", "v1", "nothings", "Nothing", true), ["shop"]))).IsForbidden);

    private static async Task<(WideList Found, IReadOnlyList<string> Requests)> ListAsync(Resource resource, IReadOnlyList<string> spaces, params string[] closed)
    {
        await using var lab = await LabApi.StartAsync();
        await lab.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse("""{"metadata":{"name":"pay"}}"""), LabApi.Stop);
        await lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse("""{"metadata":{"name":"one","labels":{"mine":"true"}}}"""), LabApi.Stop);
        await lab.Client.CreateAsync(Resource.ConfigMaps, "pay", LabApi.Parse("""{"metadata":{"name":"two","labels":{"mine":"true"}}}"""), LabApi.Stop);
        await using var front = await FakeFront.StartAsync(
            context => closed.Contains(context.Request.Path.Value) ? FakeFront.StatusAsync(context, 403, "Forbidden", $"{context.Request.Path} is closed") : Task.FromResult(false), lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var found = await WideList.OfAsync(new KubernetesClient(http, "test", TimeProvider.System), resource, spaces, new ListQuery { LabelSelector = "mine=true" }, LabApi.Stop);
        return (found with { Items = [.. found.Items.OrderBy(one => one.Name(), StringComparer.Ordinal)] }, [.. front.Requests.Select(request => request.Split(' ')[1])]);
    }
}
