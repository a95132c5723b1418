using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Discovery;

/// <summary>
/// Lists each kind once and then watches it: for who looks again and again, an operator or a pilot. What a watch does not vouch for any more, because it failed or has been silent for
/// too long, is asked from the server: what is known may be old, and is then not said to be known.
/// </summary>
internal sealed class WatchedObjects(KubernetesClient client, TimeProvider clock) : IObjectSource, IAsyncDisposable
{
    /// <summary>A server sends a bookmark about once a minute; two of them missing is a silence.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(2.5);

    /// <summary>Single objects (config maps that variables come from) are asked again after this.</summary>
    private static readonly TimeSpan SingleAge = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Resource Resource, string Space), Lazy<Watched>> _watched = new();
    private readonly ConcurrentDictionary<(Resource Resource, string Space, string Name), (JsonObject? Object, long At)> _single = new();
    private readonly CancellationTokenSource _stop = new();
    private long _changes;

    /// <summary>Grows with every change that was told.</summary>
    public long Changes => Volatile.Read(ref _changes);

    public Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? space, CancellationToken abort) => ListAsync(resource, space, null, abort);

    /// <summary>The objects of one namespace out of a watch of all of them: one watch of a kind, and not one for every namespace that is asked for.</summary>
    public Task<IReadOnlyList<JsonObject>> ListOfAllAsync(Resource resource, string within, CancellationToken abort) => ListAsync(resource, null, within, abort);

    private async Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? space, string? within, CancellationToken abort)
    {
        var key = (resource, space ?? "");
        var lazy = _watched.GetOrAdd(key, _ => new Lazy<Watched>(() => Start(resource, space)));
        var informer = lazy.Value.Informer;
        await informer.Tried.WaitAsync(abort);
        if (informer.Synced.IsCompleted && informer.Failure is null && informer.Silence <= SilenceMax)
        {
            return within is null ? [.. informer.Objects] : informer.ObjectsOf(within);
        }

        if (!informer.Synced.IsCompleted && _watched.TryRemove(KeyValuePair.Create(key, lazy)))
        {
            // It never got as far as a list, so it is not worth keeping: whoever asks next tries anew, and hears why not.
            await lazy.Value.Stop.CancelAsync();
        }

        return (await client.ListAsync(resource, within ?? space, Essentials.Query(resource), abort)).Items;
    }

    public async Task<JsonObject?> FindAsync(Resource resource, string space, string name, CancellationToken abort)
    {
        if (_single.TryGetValue((resource, space, name), out var known) && clock.GetElapsedTime(known.At) < SingleAge)
        {
            return known.Object;
        }

        var at = clock.GetTimestamp();
        var found = await client.FindAsync(resource, space, name, abort);
        _single[(resource, space, name)] = (found, at);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watched.Values.Select(watched => watched.Value.Running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private sealed record Watched(Informer Informer, Task Running, CancellationTokenSource Stop);

    private Watched Start(Resource resource, string? space)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var informer = new Informer(client, resource, space, new InformerOptions { Query = Essentials.Query(resource) }, clock);
        return new Watched(informer, Task.Run(() => informer.RunAsync(CountAsync, stop.Token), CancellationToken.None), stop);
    }

    private ValueTask CountAsync(InformerEvent change, CancellationToken stop)
    {
        Interlocked.Increment(ref _changes);
        return ValueTask.CompletedTask;
    }
}
