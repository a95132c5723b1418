using System.Buffers;
using Shop.Calls;

namespace Shop.Stores;

/// <summary>Another replica of the same store, over HTTP.</summary>
internal sealed class Follower(string name, Downstream http)
{
    /// <summary>Longest batch of entries. Unit: bytes.</summary>
    public const int BatchBytesMax = 16 * 1024 * 1024;

    private const int EntriesPerBatch = 100;

    private volatile bool _isUp;

    public string Name { get; } = name;

    public bool IsUp
    {
        get => _isUp;
        set => _isUp = value;
    }

    public async Task<bool> AnswersAsync(CancellationToken stop) =>
        (await http.SendAsync(new Call("GET", "/replica/name") { Repeatable = false }, stop)).IsSuccess;

    /// <returns>Whether the follower answered, and the newer entry it holds against this one, if any.</returns>
    public async Task<(bool Reached, StoreEntry? Newer)> OfferAsync(StoreEntry entry)
    {
        // Never cancelled: a caller that leaves must not decide whether the two replicas agree.
        var answer = await SendAsync([entry], CancellationToken.None);
        return answer.Status switch
        {
            200 => (true, null),
            409 => (true, StoreEntry.Read(answer.Body)),
            _ => (false, null),
        };
    }

    /// <summary>Takes everything that the other has, then sends everything that is here. Newer versions win on both sides.</summary>
    public async Task<bool> ExchangeAsync(ReplicatedStore store, CancellationToken stop)
    {
        var theirs = await http.GetAsync("/replica/entries", stop);
        if (!theirs.IsSuccess)
        {
            return false;
        }

        foreach (var entry in Lines(theirs.Body))
        {
            store.Follow(entry);
        }

        foreach (var batch in store.Local.Everything().Chunk(EntriesPerBatch))
        {
            if ((await SendAsync(batch, stop)).Status is not (200 or 409))
            {
                return false;
            }
        }

        return true;
    }

    public static IEnumerable<StoreEntry> Lines(byte[] body)
    {
        var start = 0;
        while (Array.IndexOf(body, (byte)'\n', start) is >= 0 and var end)
        {
            if (StoreEntry.Read(body.AsSpan(start, end - start)) is { } entry)
            {
                yield return entry;
            }

            start = end + 1;
        }
    }

    private Task<Answer> SendAsync(IEnumerable<StoreEntry> entries, CancellationToken stop)
    {
        var lines = new ArrayBufferWriter<byte>(1024);
        foreach (var entry in entries)
        {
            entry.WriteTo(lines);
        }

        return http.SendAsync(new Call("POST", "/replica/entries") { Body = lines.WrittenSpan.ToArray(), ContentType = "application/jsonl", Repeatable = false }, stop);
    }
}
