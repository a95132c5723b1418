namespace Shop.Stores;

/// <summary>Documents by key, in memory, with an append-only file behind them where the manifest gives a directory. Bounded.</summary>
internal sealed class Store(StoreLimits limits, StoreFile? file, TimeProvider clock)
{
    /// <summary>Deleted documents are remembered this long, so that a follower that was away learns of the deletion.</summary>
    private static readonly TimeSpan DeletionsKept = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private long _sequence;
    private DateTimeOffset _sweptAt = clock.GetUtcNow();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The document as a reader sees it; null when it is not there, deleted or expired.</summary>
    public StoreEntry? Find(string key) => Latest(key) is { } entry && entry.IsLive(clock.GetUtcNow()) ? entry : null;

    /// <summary>The last version of a key, deletions included.</summary>
    public StoreEntry? Latest(string key)
    {
        lock (_gate)
        {
            return _entries.GetValueOrDefault(key);
        }
    }

    /// <summary>Live documents whose key begins with <paramref name="prefix"/>, oldest first.</summary>
    public List<StoreEntry> List(string prefix, int max)
    {
        var now = clock.GetUtcNow();
        List<StoreEntry> found = [];
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                if (entry.Key.StartsWith(prefix, StringComparison.Ordinal) && entry.IsLive(now))
                {
                    found.Add(entry);
                }
            }
        }

        found.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        if (found.Count > max)
        {
            found.RemoveRange(max, found.Count - max);
        }

        return found;
    }

    public List<StoreEntry> Everything()
    {
        lock (_gate)
        {
            return [.. _entries.Values.OrderBy(entry => entry.Sequence)];
        }
    }

    /// <summary>May a new document come in? A cache makes room by dropping the oldest; a database says no rather than forget.</summary>
    public bool HasRoomFor(string key)
    {
        lock (_gate)
        {
            Sweep();
            if (_entries.Count < limits.EntriesMax || _entries.ContainsKey(key))
            {
                return true;
            }

            if (limits.DropsOldest)
            {
                _entries.Remove(_entries.Values.MinBy(entry => entry.Sequence)!.Key);
            }

            return limits.DropsOldest;
        }
    }

    /// <summary>Keeps the entry when it is newer than what is there.</summary>
    public bool Apply(StoreEntry entry)
    {
        lock (_gate)
        {
            if (!entry.IsNewerThan(_entries.GetValueOrDefault(entry.Key)))
            {
                return false;
            }

            // The file first: what a reader can see is what a restart finds again.
            file?.Append(entry, _entries.Count, () => _entries.Values);
            _entries[entry.Key] = entry with { Sequence = ++_sequence };
            return true;
        }
    }

    /// <summary>Takes up what the file holds from the last life of this store.</summary>
    public void Load()
    {
        foreach (var entry in file?.Read() ?? [])
        {
            lock (_gate)
            {
                if (entry.IsNewerThan(_entries.GetValueOrDefault(entry.Key)))
                {
                    _entries[entry.Key] = entry with { Sequence = ++_sequence };
                }
            }
        }
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        if (now - _sweptAt < TimeSpan.FromSeconds(10))
        {
            return;
        }

        _sweptAt = now;
        foreach (var (key, entry) in _entries.Where(pair => !pair.Value.IsLive(now) && now - pair.Value.WrittenAt > DeletionsKept).ToList())
        {
            _entries.Remove(key);
        }
    }
}

/// <param name="EntriesMax">Most documents, deletions that are still remembered included.</param>
/// <param name="DropsOldest">A cache: the oldest goes when it is full.</param>
internal sealed record StoreLimits(int EntriesMax, bool DropsOldest)
{
    /// <summary>Longest document. Unit: bytes.</summary>
    public const int ValueBytesMax = 64 * 1024;
}
