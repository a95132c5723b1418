using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Crater.Lab.Store;

/// <summary>What happened to one object.</summary>
public enum StoreChange { Added, Modified, Deleted }

/// <param name="Resource">Plural with group where it has one: <c>pods</c>, <c>deployments.apps</c>.</param>
/// <param name="Version">The resourceVersion that the change got.</param>
/// <param name="Object">The object after the change (before it, for Deleted); shared, so never modified by a reader.</param>
/// <param name="Previous">The object before a modification; null otherwise. A watcher with a selector needs it to see an object leave its view.</param>
public sealed record StoreEvent(StoreChange Change, string Resource, long Version, JsonObject Object, JsonObject? Previous);

/// <summary>The update was based on another version than the stored one, or the name is taken, or the object is not there.</summary>
public sealed class StoreConflictException(string reason, string message) : Exception(message)
{
    /// <value>Kubernetes' own word: Conflict, AlreadyExists, NotFound or Expired.</value>
    public string Reason { get; } = reason;
}

/// <summary>
/// Every object of the lab, of whatever kind, in one versioned map with one history. Objects handed out are copies; objects in events
/// are shared and read-only. Callers see whole updates or none.
/// </summary>
public sealed class ResourceStore
{
    /// <summary>Changes kept for watchers that come back; an older resourceVersion gets Expired (HTTP 410) and must list again.</summary>
    public const int HistoryMax = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Resource, string Namespace, string Name), JsonObject> _objects = [];
    private readonly LinkedList<StoreEvent> _history = [];
    private readonly List<Channel<StoreEvent>> _watchers = [];
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

    public JsonObject? Get(string resource, string space, string name)
    {
        lock (_gate)
        {
            return _objects.TryGetValue((resource, space, name), out var found) ? Copy(found) : null;
        }
    }

    /// <summary>All objects of a resource, in one namespace or (null) in all, ordered by namespace and name.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version) List(string resource, string? space = null)
    {
        lock (_gate)
        {
            var items = _objects
                .Where(entry => entry.Key.Resource == resource && (space is null || entry.Key.Namespace == space))
                .OrderBy(entry => entry.Key.Namespace, StringComparer.Ordinal).ThenBy(entry => entry.Key.Name, StringComparer.Ordinal)
                .Select(entry => Copy(entry.Value)).ToList();
            return (items, _version);
        }
    }

    /// <exception cref="StoreConflictException">AlreadyExists.</exception>
    public JsonObject Create(string resource, JsonObject created)
    {
        lock (_gate)
        {
            var key = KeyOf(resource, created);
            if (_objects.ContainsKey(key))
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
            if (!_objects.TryGetValue(key, out var before))
            {
                return null;
            }

            var after = Copy(before);
            change(after);
            if (JsonNode.DeepEquals(before, after))
            {
                return Copy(before);
            }

            var isOver = after["metadata"]?["deletionTimestamp"] is not null && after["metadata"]?["finalizers"] is not JsonArray { Count: > 0 }
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
            return _objects.TryGetValue(key, out var found) ? Drop(key, Copy(found)) : null;
        }
    }

    /// <summary>Every change after <paramref name="fromVersion"/>, for one resource or (null) for all, until cancelled.</summary>
    /// <exception cref="StoreConflictException">Expired: the history does not reach back that far.</exception>
    public async IAsyncEnumerable<StoreEvent> WatchAsync(string? resource, long fromVersion, [EnumeratorCancellation] CancellationToken stop)
    {
        var channel = Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true });
        lock (_gate)
        {
            if (fromVersion < _forgotten)
            {
                throw new StoreConflictException("Expired", $"too old resource version: {fromVersion} ({_forgotten})");
            }

            foreach (var past in _history.Where(past => past.Version > fromVersion))
            {
                channel.Writer.TryWrite(past);
            }

            _watchers.Add(channel);
        }

        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(stop))
            {
                if (resource is null || change.Resource == resource)
                {
                    yield return change;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(channel);
            }
        }
    }

    private JsonObject Put((string Resource, string Namespace, string Name) key, JsonObject stored, StoreChange change, JsonObject? previous)
    {
        stored["metadata"]!["resourceVersion"] = (++_version).ToString();
        _objects[key] = stored;
        Tell(new StoreEvent(change, key.Resource, _version, stored, previous));
        return Copy(stored);
    }

    private JsonObject Drop((string Resource, string Namespace, string Name) key, JsonObject last)
    {
        last["metadata"]!["resourceVersion"] = (++_version).ToString();
        _objects.Remove(key);
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
            watcher.Writer.TryWrite(change);
        }
    }

    private static (string Resource, string Namespace, string Name) KeyOf(string resource, JsonObject stored) =>
        (resource, (string?)stored["metadata"]?["namespace"] ?? "", (string?)stored["metadata"]?["name"] ?? "");

    private static JsonObject Copy(JsonObject original) => original.DeepClone().AsObject();
}
