using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Xunit;

namespace Crater.Tests.Lab.Store;

public sealed class ResourceStoreTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public async Task A_watch_from_a_list_sees_each_later_change_once()
    {
        _store.Create("pods", Named("a"));
        var (items, version) = _store.List("pods");
        _store.Create("pods", Named("b"));
        var changes = _store.WatchAsync("pods", version, TestContext.Current.CancellationToken);
        _store.Create("services", Named("not-a-pod"));
        _store.Remove("pods", "default", "a");

        List<string> seen = [];
        await foreach (var change in changes)
        {
            seen.Add($"{change.Change} {change.Object.Name()}");
            if (seen.Count == 2)
            {
                break;
            }
        }

        Assert.Equal((1, "Added b, Deleted a"), (items.Count, string.Join(", ", seen)));
    }

    [Fact]
    public void A_watch_from_a_forgotten_version_is_told_so_at_once()
    {
        for (var i = 0; i < ResourceStore.HistoryMax + 2; i++)
        {
            _store.Create("pods", Named($"p{i}"));
        }

        var expired = Assert.Throws<StoreConflictException>(() => _store.WatchAsync("pods", 1, CancellationToken.None));

        Assert.Equal("Expired", expired.Reason);
    }

    [Fact]
    public void A_change_that_changes_nothing_makes_no_version()
    {
        _store.Create("pods", Named("a"));
        var before = _store.Version;
        _store.Modify("pods", "default", "a", _ => { });

        Assert.Equal(before, _store.Version);
    }

    [Fact]
    public void An_object_that_ends_goes_with_its_last_finalizer()
    {
        var pod = Named("a");
        pod["metadata"]!["finalizers"] = new JsonArray("x");
        _store.Create("configmaps", pod);
        new ObjectDeletion(_store, TimeProvider.System).Delete("configmaps", "default", "a", new DeletionOptions());
        var isStillThere = _store.Peek("configmaps", "default", "a") is not null;
        _store.Modify("configmaps", "default", "a", stored => stored["metadata"]!["finalizers"] = new JsonArray());

        Assert.Equal((true, true), (isStillThere, _store.Peek("configmaps", "default", "a") is null));
    }

    [Fact]
    public void A_pod_on_a_node_waits_for_the_node_and_one_without_goes_at_once()
    {
        var bound = Named("bound");
        bound["spec"] = new JsonObject { ["nodeName"] = "node1", ["terminationGracePeriodSeconds"] = 7 };
        _store.Create("pods", bound);
        _store.Create("pods", Named("waiting"));
        var deletion = new ObjectDeletion(_store, TimeProvider.System);
        deletion.Delete("pods", "default", "bound", new DeletionOptions());
        deletion.Delete("pods", "default", "waiting", new DeletionOptions());

        Assert.Equal((7, true), (_store.Peek("pods", "default", "bound").Count(0, "metadata", "deletionGracePeriodSeconds"),
            _store.Peek("pods", "default", "waiting") is null));
    }

    private static JsonObject Named(string name) => new() { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" } };
}
