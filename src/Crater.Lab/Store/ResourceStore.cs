using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Crater.Lab.Store;

/// <summary>
/// Every object of the lab, of whatever kind, in one versioned map with one history. Objects handed out are copies; objects in events
/// are shared and read-only. Callers see whole updates or none.
/// </summary>
public sealed class ResourceStore
{
    /// <summary>Changes kept for watchers that come back; an older resourceVersion gets Expired (HTTP 410) and must list again.</summary>
    public const int HistoryMax = 20_000;

    private readonly Lock _gate = new();

    /// <summary>By resource, namespace and name, so that what is asked of one namespace does not cost what all of them hold.</summary>
    private readonly Dictionary<string, SortedDictionary<string, SortedDictionary<string, JsonObject>>> _objects = [];
    private readonly LinkedList<StoreEvent> _history = [];
    private readonly List<Watcher> _watchers = [];
    private long _version = 1;
    private long _forgotten;

    /// <summary>The newest resourceVersion.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
            {
                return _version;
            }
        }
    }

    public JsonObject? Get(string resource, string space, string name) => Peek(resource, space, name) is { } found ? Copy(found) : null;

    /// <summary>Like <see cref="Get"/>, but the stored object itself: shared, so never modified by a reader.</summary>
    public JsonObject? Peek(string resource, string space, string name)
    {
        lock (_gate)
        {
            return Find((resource, space, name));
        }
    }

    /// <summary>All objects of a resource, in one namespace or (null) in all, ordered by namespace and name.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version) List(string resource, string? space = null)
    {
        var (items, version) = Scan(resource, space);
        return (items.Select(Copy).ToList(), version);
    }

    /// <summary>Like <see cref="List"/>, but the stored objects themselves: shared, so never modified by a reader.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version) Scan(string resource, string? space = null)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue(resource, out var objects))
            {
                return ([], _version);
            }

            if (space is null)
            {
                return ([.. objects.Values.SelectMany(inSpace => inSpace.Values)], _version);
            }

            return (objects.TryGetValue(space, out var there) ? [.. there.Values] : [], _version);
        }
    }

    /// <summary>The objects as they were at a version, in order; null when the history does not reach back that far.</summary>
    public IReadOnlyList<JsonObject>? ScanAt(string resource, string? space, long version)
    {
        lock (_gate)
        {
            if (version < _forgotten || version > _version)
            {
                return null;
            }

            SortedDictionary<(string Space, string Name), JsonObject> state = new(Comparer<(string Space, string Name)>.Create((a, b) =>
                string.CompareOrdinal(a.Space, b.Space) is var order and not 0 ? order : string.CompareOrdinal(a.Name, b.Name)));
            foreach (var item in Scan(resource, space).Items)
            {
                state[(item.Space(), item.Name())] = item;
            }

            for (var node = _history.Last; node is not null && node.Value.Version > version; node = node.Previous)
            {
                var (change, key) = (node.Value, (node.Value.Object.Space(), node.Value.Object.Name()));
                if (change.Resource != resource || (space is not null && key.Item1 != space))
                {
                    continue;
                }

                if (change.Change == StoreChange.Added)
                {
                    state.Remove(key);
                }
                else
                {
                    state[key] = change.Previous ?? change.Object;
                }
            }

            return [.. state.Values];
        }
    }

    /// <summary>The names of the resources that have or had objects.</summary>
    public IReadOnlyList<string> Resources()
    {
        lock (_gate)
        {
            return [.. _objects.Keys];
        }
    }

    /// <exception cref="StoreConflictException">AlreadyExists.</exception>
    public JsonObject Create(string resource, JsonObject created)
    {
        lock (_gate)
        {
            var key = KeyOf(resource, created);
            if (Find(key) is not null)
            {
                throw new StoreConflictException("AlreadyExists", $"{resource} \"{key.Name}\" already exists");
            }

            return Put(key, Copy(created), StoreChange.Added, previous: null);
        }
    }

    /// <summary>
    /// Reads, changes and writes one object as one step. When <paramref name="change"/> leaves it equal, nothing is written. An object
    /// whose deletionTimestamp is set and whose last finalizer is gone disappears.
    /// </summary>
    /// <returns>The object after the change; null when it is not there.</returns>
    public JsonObject? Modify(string resource, string space, string name, Action<JsonObject> change)
    {
        lock (_gate)
        {
            var key = (resource, space, name);
            if (Find(key) is not { } before)
            {
                return null;
            }

            var after = Copy(before);
            change(after);
            if (JsonNode.DeepEquals(before, after))
            {
                return Copy(before);
            }

            // A pod that still has its grace is taken by its node when its processes have ended.
            var isOver = after["metadata"]?["deletionTimestamp"] is not null && !(resource == "pods" && after.Number("metadata", "deletionGracePeriodSeconds") is > 0) && after["metadata"]?["finalizers"] is not JsonArray { Count: > 0 }
                && before["metadata"]?["finalizers"] is JsonArray { Count: > 0 };
            return isOver ? Drop(key, after) : Put(key, after, StoreChange.Modified, before);
        }
    }

    /// <summary>Takes the object out at once; grace and finalizers are the caller's matter.</summary>
    public JsonObject? Remove(string resource, string space, string name)
    {
        lock (_gate)
        {
            var key = (resource, space, name);
            return Find(key) is { } found ? Drop(key, Copy(found)) : null;
        }
    }

    /// <summary>Every change after <paramref name="fromVersion"/>, for one resource or (null) for all, until cancelled.</summary>
    /// <exception cref="StoreConflictException">Expired: the history does not reach back that far.</exception>
    public IAsyncEnumerable<StoreEvent> WatchAsync(string? resource, long fromVersion, CancellationToken stop)
    {
        // Not an iterator itself, so that the watcher stands in line, and an expired version is told, before the first read.
        var channel = Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true });
        var watcher = new Watcher(resource, channel.Writer);
        lock (_gate)
        {
            if (fromVersion < _forgotten)
            {
                throw new StoreConflictException("Expired", $"too old resource version: {fromVersion} ({_forgotten})");
            }

            foreach (var past in Since(fromVersion))
            {
                watcher.Tell(past);
            }

            _watchers.Add(watcher);
        }

        return ReadAsync(watcher, channel.Reader, stop);
    }

    private async IAsyncEnumerable<StoreEvent> ReadAsync(
        Watcher watcher, ChannelReader<StoreEvent> changes, [EnumeratorCancellation] CancellationToken stop)
    {
        try
        {
            await foreach (var change in changes.ReadAllAsync(stop))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(watcher);
            }
        }
    }

    /// <summary>The changes after a version, oldest first; walks back from the end, because watchers are seldom far behind.</summary>
    private Stack<StoreEvent> Since(long version)
    {
        Stack<StoreEvent> changes = [];
        for (var node = _history.Last; node is not null && node.Value.Version > version; node = node.Previous)
        {
            changes.Push(node.Value);
        }

        return changes;
    }

    private JsonObject? Find((string Resource, string Namespace, string Name) key) =>
        _objects.TryGetValue(key.Resource, out var objects) && objects.TryGetValue(key.Namespace, out var there) ? there.GetValueOrDefault(key.Name) : null;

    private JsonObject Put((string Resource, string Namespace, string Name) key, JsonObject stored, StoreChange change, JsonObject? previous)
    {
        stored["metadata"]!["resourceVersion"] = (++_version).ToString();
        if (!_objects.TryGetValue(key.Resource, out var objects))
        {
            _objects[key.Resource] = objects = new SortedDictionary<string, SortedDictionary<string, JsonObject>>(StringComparer.Ordinal);
        }

        if (!objects.TryGetValue(key.Namespace, out var there))
        {
            objects[key.Namespace] = there = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        }

        there[key.Name] = stored;
        Tell(new StoreEvent(change, key.Resource, _version, stored, previous));
        return Copy(stored);
    }

    private JsonObject Drop((string Resource, string Namespace, string Name) key, JsonObject last)
    {
        last["metadata"]!["resourceVersion"] = (++_version).ToString();
        var objects = _objects[key.Resource];
        objects[key.Namespace].Remove(key.Name);
        if (objects[key.Namespace].Count == 0)
        {
            objects.Remove(key.Namespace);
        }

        Tell(new StoreEvent(StoreChange.Deleted, key.Resource, _version, last, Previous: null));
        return Copy(last);
    }

    private void Tell(StoreEvent change)
    {
        _history.AddLast(change);
        if (_history.Count > HistoryMax)
        {
            _forgotten = _history.First!.Value.Version;
            _history.RemoveFirst();
        }

        foreach (var watcher in _watchers)
        {
            watcher.Tell(change);
        }
    }

    private sealed record Watcher(string? Resource, ChannelWriter<StoreEvent> Changes)
    {
        public void Tell(StoreEvent change)
        {
            if (Resource is null || change.Resource == Resource)
            {
                Changes.TryWrite(change);
            }
        }
    }

    private static (string Resource, string Namespace, string Name) KeyOf(string resource, JsonObject stored) =>
        (resource, (string?)stored["metadata"]?["namespace"] ?? "", (string?)stored["metadata"]?["name"] ?? "");

    private static JsonObject Copy(JsonObject original) => original.DeepClone().AsObject();
}
