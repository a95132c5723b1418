using System.Text.Json.Nodes;
using Shop.Hosting;
using Shop.Stores;

namespace Shop.Queues;

/// <summary>Named queues with at-least-once delivery: a message that is taken is leased, and comes back unless it is acknowledged in time.</summary>
/// <remarks>
/// Messages are documents of a replicated store, so that a broker's follower has each of them before the publisher hears that it is safe.
/// Each replica delivers what it accepted, and what its follower accepted while that is away. Leases are held in memory: a broker that dies forgets
/// who had what, and delivers again.
/// </remarks>
internal sealed class Broker(ReplicatedStore store, RoleHost host)
{
    /// <summary>Longest queue. A publisher beyond it is refused rather than the broker running out of memory.</summary>
    public const int MessagesMax = 10_000;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private TaskCompletionSource _published = NewSignal();

    /// <param name="id">The publisher's own id: publishing it again changes nothing.</param>
    public async Task<WriteResult> PublishAsync(string queue, string id, JsonObject body)
    {
        var key = Key(queue, id);
        if (store.Local.Latest(key) is not null)
        {
            return WriteResult.Stored;
        }

        if (store.Local.Count >= MessagesMax)
        {
            return WriteResult.Full;
        }

        var (result, _) = await store.WriteAsync(key, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), null, null);
        TaskCompletionSource published;
        lock (_gate)
        {
            (published, _published) = (_published, NewSignal());
        }

        // The next signal is in place before the waiting ones wake: one who finds nothing must wait again, not turn on a signal that is set for ever.
        published.TrySetResult();
        return result;
    }

    /// <summary>The oldest message that nobody has, leased for <paramref name="lease"/>; waits up to <paramref name="wait"/> for one. Null when none came.</summary>
    public async Task<Delivery?> TakeAsync(string queue, TimeSpan wait, TimeSpan lease, CancellationToken abort)
    {
        var began = host.Clock.GetTimestamp();
        while (true)
        {
            Task published;
            lock (_gate)
            {
                if (Free(queue, lease) is { } delivery)
                {
                    return delivery;
                }

                published = _published.Task;
            }

            if (host.Clock.GetElapsedTime(began) >= wait)
            {
                return null;
            }

            // A lease that runs out tells nobody, so look again now and then.
            try
            {
                await published.WaitAsync(Poll, host.Clock, abort);
            }
            catch (TimeoutException)
            {
                // Nothing was published; a lease may have run out.
            }
        }
    }

    /// <returns>False when there is no such message: acknowledged before, or never published.</returns>
    public async Task<bool> AcknowledgeAsync(string queue, string id)
    {
        var key = Key(queue, id);
        if (store.Local.Find(key) is null)
        {
            return false;
        }

        await store.WriteAsync(key, null, null, null);
        lock (_gate)
        {
            _leases.Remove(key);
        }

        return true;
    }

    public (int Ready, int Taken) Depth(string queue)
    {
        var messages = store.Local.List($"{queue}/", MessagesMax);
        lock (_gate)
        {
            var taken = messages.Count(message => IsTaken(message.Key));
            return (messages.Count - taken, taken);
        }
    }

    private Delivery? Free(string queue, TimeSpan lease)
    {
        foreach (var message in store.Local.List($"{queue}/", MessagesMax))
        {
            if (IsTaken(message.Key) || (message.Origin != store.Self && !store.IsAway(message.Origin)))
            {
                continue;
            }

            var attempt = _leases.TryGetValue(message.Key, out var earlier) ? earlier.Attempt + 1 : 1;
            _leases[message.Key] = new Lease(host.Clock.GetTimestamp(), lease, attempt);
            host.Metrics.Count($"queue_deliveries_total{{queue=\"{queue}\",redelivered=\"{(attempt > 1 ? "true" : "false")}\"}}");
            return new Delivery(message.Key[(queue.Length + 1)..], JsonNode.Parse(message.Value)!, attempt);
        }

        return null;
    }

    private bool IsTaken(string key) => _leases.TryGetValue(key, out var lease) && host.Clock.GetElapsedTime(lease.Began) < lease.Length;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Key(string queue, string id) => $"{queue}/{id}";

    private sealed record Lease(long Began, TimeSpan Length, int Attempt);
}

/// <param name="Attempt">1 the first time; more means that an earlier taker did not acknowledge it.</param>
internal sealed record Delivery(string Id, JsonNode Body, int Attempt);
