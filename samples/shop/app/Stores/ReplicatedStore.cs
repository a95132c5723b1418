using Shop.Hosting;

namespace Shop.Stores;

internal enum WriteResult { Stored, Conflict, Full }

/// <summary>A store with followers: a write is acknowledged when every follower that can be reached has it too.</summary>
/// <remarks>
/// Each store of a pair takes writes; the one that takes a write is its primary and the other its follower. Two writes of one version of one
/// document meet at the followers: the one from the greater name goes through, the other is told of the conflict and tries again.
/// A follower that cannot be reached does not stop writes (a pair has no majority to ask); it catches up before it is ready again.
/// </remarks>
internal sealed class ReplicatedStore(Store store, string self, IReadOnlyList<Follower> followers, RoleHost host)
{
    private const int AttemptsMax = 20;

    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoreEntry> _offered = new(StringComparer.Ordinal);
    private volatile bool _caughtUp = followers.Count == 0;

    public Store Local => store;

    public string Self => self;

    public string? NotReadyBecause => _caughtUp ? null : "catching up with the other replicas";

    /// <summary>True when nobody can be asked about what <paramref name="origin"/> accepted.</summary>
    public bool IsAway(string origin) => origin != self && followers.All(follower => follower.Name != origin || !follower.IsUp);

    /// <param name="value">JSON text; null deletes.</param>
    /// <param name="expected">The version that the writer has read; null writes over whatever is there.</param>
    public async Task<(WriteResult Result, long Version)> WriteAsync(string key, byte[]? value, TimeSpan? life, long? expected)
    {
        if (value is not null && !store.HasRoomFor(key))
        {
            return (WriteResult.Full, 0);
        }

        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var entry = Offer(key, value, life, expected, out var refused);
            if (entry is not null)
            {
                try
                {
                    if (await AcceptedByFollowersAsync(entry) && store.Apply(entry))
                    {
                        return (WriteResult.Stored, entry.Version);
                    }
                }
                finally
                {
                    Withdraw(key);
                }
            }
            else if (refused)
            {
                return (WriteResult.Conflict, 0);
            }

            // Another write of this document is under way, here or at the follower; let it finish.
            await Task.Delay(TimeSpan.FromMilliseconds(1 + Chance(10)), host.Clock, CancellationToken.None);
        }

        return (WriteResult.Conflict, 0);
    }

    /// <summary>A follower's part: keeps what the primary offers, unless this store is itself about to write that version and has the greater name.</summary>
    /// <returns>Null when kept or known; else the newer entry that stands against it.</returns>
    public StoreEntry? Follow(StoreEntry entry)
    {
        lock (_gate)
        {
            if (_offered.GetValueOrDefault(entry.Key) is { } mine && mine.IsNewerThan(entry))
            {
                return mine;
            }

            if (store.Apply(entry))
            {
                return null;
            }
        }

        var stored = store.Latest(entry.Key)!;
        return stored.Version == entry.Version && stored.Origin == entry.Origin ? null : stored;
    }

    /// <summary>Watches the followers for as long as the process lives; one that comes back is brought up to date in both directions.</summary>
    public async Task WatchFollowersAsync(CancellationToken stop)
    {
        while (true)
        {
            foreach (var follower in followers)
            {
                var answers = await follower.AnswersAsync(stop);
                if (answers && !follower.IsUp)
                {
                    // Up first: what is written from here on reaches it; then exchange what was written before.
                    follower.IsUp = true;
                    follower.IsUp = await follower.ExchangeAsync(this, stop);
                    host.Log.Write("warning", "follower is back", ("follower", follower.Name), ("caughtUp", follower.IsUp ? "true" : "false"));
                }
                else if (!answers && follower.IsUp)
                {
                    Lost(follower);
                }
            }

            // Whoever could be reached has been asked. With nobody there this store is the only one and must serve.
            _caughtUp = true;
            await Task.Delay(HeartbeatPeriod, host.Clock, stop);
        }
    }

    private StoreEntry? Offer(string key, byte[]? value, TimeSpan? life, long? expected, out bool refused)
    {
        lock (_gate)
        {
            var latest = store.Latest(key);
            var current = latest is not null && latest.IsLive(host.Clock.GetUtcNow()) ? latest.Version : 0;
            refused = expected is not null && expected != current;
            if (refused || _offered.ContainsKey(key))
            {
                return null;
            }

            var now = host.Clock.GetUtcNow();
            return _offered[key] = new StoreEntry(key, value, (latest?.Version ?? 0) + 1, self, now) { ExpiresAt = life is null ? null : now + life };
        }
    }

    private void Withdraw(string key)
    {
        lock (_gate)
        {
            _offered.Remove(key);
        }
    }

    private async Task<bool> AcceptedByFollowersAsync(StoreEntry entry)
    {
        foreach (var follower in followers.Where(follower => follower.IsUp))
        {
            var (reached, newer) = await follower.OfferAsync(entry);
            if (!reached)
            {
                Lost(follower);
            }
            else if (newer is not null)
            {
                store.Apply(newer);
                return false;
            }
        }

        return true;
    }

    private void Lost(Follower follower)
    {
        follower.IsUp = false;
        host.Log.Write("warning", "follower is away; writes are acknowledged without it", ("follower", follower.Name));
    }

    private double Chance(int max)
    {
        lock (host.Chance)
        {
            return host.Chance.NextDouble() * max;
        }
    }
}
