using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>What an informer tells.</summary>
public enum InformerChange
{
    Added,
    Updated,
    Deleted,

    /// <summary>Nothing changed: a reminder, as often as <see cref="InformerOptions.ResyncEvery"/> says.</summary>
    Resync,
}

/// <param name="Object">As it is now; of a deleted one the last that was seen of it.</param>
/// <param name="Before">As it was known before; null for a new one.</param>
public sealed record InformerEvent(InformerChange Change, JsonObject Object, JsonObject? Before);

/// <summary>How an informer looks.</summary>
public sealed record InformerOptions
{
    public ListQuery Query { get; init; } = ListQuery.All;

    /// <summary>How often every object is told again. Zero, the default, for never.</summary>
    public TimeSpan ResyncEvery { get; init; }

    /// <summary>How often all is listed anew though the watch is well: what closes a gap that a broken proxy tore. Default 30 minutes; zero for never.</summary>
    public TimeSpan RelistEvery { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long one watch is asked to last at least; each lasts up to twice that, so that many do not end together. Default 5 minutes, as the official clients.</summary>
    public TimeSpan WatchLength { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Knows all objects of a kind and keeps knowing them: one list, then a watch from its version on, for as long as it runs. A watch that ends is
/// taken up where it ended (bookmarks say where, when nothing else did); a version that the server no longer has is listed anew, and what was
/// deleted meanwhile is told then. A cluster that cannot be asked is asked again, 0.8 s later, then doubling to 30 s, with chance.
/// </summary>
/// <param name="space">Null or empty for all namespaces.</param>
public sealed class Informer(KubernetesClient client, Resource resource, string? space, InformerOptions options, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);

    /// <summary>A watch that the server has not ended so long after its time hangs on a dead connection.</summary>
    private static readonly TimeSpan OverdueAfter = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, JsonObject>> _spaces = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BackOff _backOff = new(FirstPause, PauseMax);
    private string _version = "";
    private long _heardAt = clock.GetTimestamp();
    private long _listedAt;
    private long _resyncedAt;

    /// <summary>Completes when everything has been listed once.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Completes when everything has been listed once, or the first try has failed: then <see cref="Failure"/> says why.</summary>
    public Task Tried => _tried.Task;

    /// <summary>All objects as they were last seen. Not to be changed: they are everybody's.</summary>
    public IReadOnlyCollection<JsonObject> Objects => [.. _spaces.Values.SelectMany(known => known.Values)];

    /// <summary>Those of one namespace.</summary>
    public IReadOnlyList<JsonObject> ObjectsOf(string within) => _spaces.TryGetValue(within, out var known) ? (IReadOnlyList<JsonObject>)known.Values : [];

    /// <summary>How long the server has been silent: no object, no bookmark, no list. Quiet clusters send a bookmark about once a minute.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Volatile.Read(ref _heardAt));

    /// <summary>Why the last list or watch failed; null when it did not.</summary>
    public KubernetesException? Failure { get; private set; }

    /// <summary>One object as it was last seen; null when it is not known.</summary>
    public JsonObject? Find(string space, string name) => _spaces.TryGetValue(space, out var known) ? known.GetValueOrDefault(name) : null;

    /// <summary>Lists and watches until stopped; returns then.</summary>
    /// <param name="tell">Gets every change in the order of the server, one after the other. What it throws ends the informer.</param>
    public async Task RunAsync(Func<InformerEvent, CancellationToken, ValueTask> tell, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await OnceAsync(tell, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesException e)
            {
                Failure = e;
                _tried.TrySetResult();
                _version = e.IsExpired ? "" : _version;
                await PauseAsync(isUrgent: e.IsExpired, stop);
            }
        }
    }

    /// <summary>One list, where one is due, and one watch.</summary>
    private async Task OnceAsync(Func<InformerEvent, CancellationToken, ValueTask> tell, CancellationToken stop)
    {
        if (_version.Length == 0 || IsDue(options.RelistEvery, _listedAt))
        {
            await ListAsync(tell, stop);
        }

        var length = options.WatchLength * (1 + (RandomNumberGenerator.GetInt32(1000) / 1000d));
        length = Earlier(length, options.ResyncEvery, _resyncedAt);
        length = Earlier(length, options.RelistEvery, _listedAt);
        using var limit = new CancellationTokenSource(length + OverdueAfter, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        var began = clock.GetTimestamp();
        var heard = false;
        try
        {
            await foreach (var change in client.WatchAsync(resource, space, _version, options.Query, length, either.Token))
            {
                heard = true;
                await TakeAsync(change, tell, stop);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Overdue: taken up again like one that ended.
        }

        await ResyncAsync(tell, stop);
        if (!heard && clock.GetElapsedTime(began) < TimeSpan.FromSeconds(1) && length >= TimeSpan.FromSeconds(2))
        {
            // A server that ends every watch at once is not well, and asking it as fast as we can makes that worse.
            await PauseAsync(isUrgent: false, stop);
        }
    }

    private async Task ListAsync(Func<InformerEvent, CancellationToken, ValueTask> tell, CancellationToken stop)
    {
        var list = await client.ListAsync(resource, space, options.Query, stop);
        Volatile.Write(ref _heardAt, clock.GetTimestamp());
        Failure = null;
        var there = list.Items.Select(found => (found.Namespace(), found.Name())).ToHashSet();
        foreach (var gone in Objects.Where(known => !there.Contains((known.Namespace(), known.Name()))))
        {
            Forget(gone);
            await tell(new InformerEvent(InformerChange.Deleted, gone, gone), stop);
        }

        foreach (var found in list.Items)
        {
            await PutAsync(found, tell, stop);
        }

        _version = list.Version;
        _listedAt = clock.GetTimestamp();
        _resyncedAt = _synced.Task.IsCompleted ? _resyncedAt : _listedAt;
        _synced.TrySetResult();
        _tried.TrySetResult();
    }

    private async Task TakeAsync(WatchEvent change, Func<InformerEvent, CancellationToken, ValueTask> tell, CancellationToken stop)
    {
        Volatile.Write(ref _heardAt, clock.GetTimestamp());
        _backOff.Reset();
        if (change.Type == "DELETED")
        {
            var before = Forget(change.Object);
            await tell(new InformerEvent(InformerChange.Deleted, change.Object, before), stop);
        }
        else if (change.Type is "ADDED" or "MODIFIED")
        {
            await PutAsync(change.Object, tell, stop);
        }

        // Only now: what was not told is told again when the telling fails. Kinds of event that are not known are no reason to move on.
        if (change.Type is "ADDED" or "MODIFIED" or "DELETED" or "BOOKMARK" && change.Object.ResourceVersion() is { Length: > 0 } version)
        {
            _version = version;
        }
    }

    private async Task PutAsync(JsonObject found, Func<InformerEvent, CancellationToken, ValueTask> tell, CancellationToken stop)
    {
        var before = Find(found.Namespace(), found.Name());
        if (before is not null && before.Uid() == found.Uid() && before.ResourceVersion() == found.ResourceVersion())
        {
            return;
        }

        _spaces.GetOrAdd(found.Namespace(), _ => new ConcurrentDictionary<string, JsonObject>())[found.Name()] = found;
        if (before is not null && before.Uid() != found.Uid())
        {
            // Another object of the same name: the one that was known went while nobody looked.
            await tell(new InformerEvent(InformerChange.Deleted, before, before), stop);
            before = null;
        }

        await tell(new InformerEvent(before is null ? InformerChange.Added : InformerChange.Updated, found, before), stop);
    }

    private async Task ResyncAsync(Func<InformerEvent, CancellationToken, ValueTask> tell, CancellationToken stop)
    {
        if (IsDue(options.ResyncEvery, _resyncedAt))
        {
            _resyncedAt = clock.GetTimestamp();
            foreach (var known in Objects)
            {
                await tell(new InformerEvent(InformerChange.Resync, known, known), stop);
            }
        }
    }

    /// <param name="isUrgent">An old version is listed anew at once; only a server that always says so is given time.</param>
    private async Task PauseAsync(bool isUrgent, CancellationToken stop)
    {
        var isFirst = _backOff.IsFresh;
        var pause = _backOff.Next();
        if (!isUrgent || !isFirst)
        {
            await Task.Delay(pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool IsDue(TimeSpan every, long since) => every > TimeSpan.Zero && clock.GetElapsedTime(since) >= every;

    private TimeSpan Earlier(TimeSpan length, TimeSpan every, long since)
    {
        var left = every - clock.GetElapsedTime(since);
        return every <= TimeSpan.Zero || left >= length ? length : left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <returns>As it was known.</returns>
    private JsonObject? Forget(JsonObject gone) => _spaces.TryGetValue(gone.Namespace(), out var known) && known.TryRemove(gone.Name(), out var before) ? before : null;
}
