using Crater.Discovery;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Discovery;

/// <summary>Discovery that lists once and then watches.</summary>
public sealed class WatchedObjectsTests : IAsyncLifetime
{
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", 2);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task After_the_first_look_what_changes_is_known_without_another_list()
    {
        var lists = 0;
        await using var front = await FakeFront.StartAsync(
            context =>
            {
                Interlocked.Add(ref lists, context.Request.Query["watch"].Count == 0 ? 1 : 0);
                return Task.FromResult(false);
            },
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        await using var watched = new WatchedObjects(new KubernetesClient(http, "front", TimeProvider.System), TimeProvider.System);
        Assert.Equal(["carts"], await NamesAsync(watched));
        var before = lists;

        await _lab.DeployAsync("orders", 1);
        await Wait.UntilAsync(async () => (await NamesAsync(watched)).SequenceEqual(["carts", "orders"]), "the new deployment is known", Wait.Patience);
        await _lab.Client.DeleteAsync(Resource.Deployments, "shop", "carts", new DeleteRequest(), Stop);
        await Wait.UntilAsync(async () => (await NamesAsync(watched)).SequenceEqual(["orders"]), "the deleted one is not known any more", Wait.Patience);
        Assert.Equal(before, lists);
    }

    [Fact]
    public async Task What_may_not_be_seen_is_unknown_and_seen_as_soon_as_it_may_be()
    {
        var isForbidden = true;
        await using var front = await FakeFront.StartAsync(
            context => isForbidden && context.Request.Path.Value!.EndsWith("/deployments", StringComparison.Ordinal) ? FakeFront.StatusAsync(context, 403, "Forbidden", "no") : Task.FromResult(false),
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        await using var watched = new WatchedObjects(new KubernetesClient(http, "front", TimeProvider.System), TimeProvider.System);
        Assert.Contains((await LookAsync(watched)).Unknown, blind => blind.Resource == "deployments");

        isForbidden = false;
        Assert.DoesNotContain((await LookAsync(watched)).Unknown, blind => blind.Resource == "deployments");
    }

    [Fact]
    public async Task While_the_watch_is_broken_the_server_is_asked()
    {
        var isBroken = false;
        await using var front = await FakeFront.StartAsync(
            context => isBroken && context.Request.Query["watch"].Count > 0 ? FakeFront.StatusAsync(context, 500, "InternalError", "broken") : Task.FromResult(false), _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        await using var watched = new WatchedObjects(new KubernetesClient(http, "front", TimeProvider.System), TimeProvider.System);
        isBroken = true;
        await NamesAsync(watched);
        await _lab.DeployAsync("orders", 1);
        await Wait.UntilAsync(async () => (await NamesAsync(watched)).SequenceEqual(["carts", "orders"]), "the new deployment is seen without a watch", Wait.Patience);
    }

    [Fact]
    public async Task What_nobody_reads_is_not_kept()
    {
        await using var watched = new WatchedObjects(_lab.Client, TimeProvider.System);
        var listed = (await _lab.Client.ListAsync(Resource.Deployments, null, ListQuery.All, Stop)).Items[0];
        Assert.NotNull(listed["metadata"]!["managedFields"]);
        Assert.Null((await watched.ListAsync(Resource.Deployments, null, Stop))[0]["metadata"]!["managedFields"]);
    }

    private async Task<IEnumerable<string>> NamesAsync(WatchedObjects watched) => (await LookAsync(watched)).Components.Select(component => component.Name);

    private static Task<Topology> LookAsync(WatchedObjects watched, KubernetesClient client) =>
        new KubernetesDiscovery(client, "v1", isLab: false, watched, null).DiscoverAsync(new DiscoveryOptions(), Stop);

    private Task<Topology> LookAsync(WatchedObjects watched) => LookAsync(watched, _lab.Client);
}
