using System.Collections.Concurrent;
using System.Threading.Channels;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>One object of a kind.</summary>
public readonly record struct ObjectKey(string Space, string Name)
{
    public override string ToString() => $"{Space}/{Name}";
}

/// <summary>
/// What is to be looked at. A key waits once, however often it is added, and is given to one worker at a time: what is added while it is worked on comes
/// again afterwards.
/// </summary>
internal sealed class WorkQueue(TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(15);

    private readonly Channel<ObjectKey> _ready = Channel.CreateUnbounded<ObjectKey>();
    private readonly ConcurrentDictionary<ObjectKey, BackOff> _failures = new();
    private readonly HashSet<ObjectKey> _waiting = [];
    private readonly HashSet<ObjectKey> _working = [];
    private readonly Lock _gate = new();

    /// <summary>How many wait for a worker.</summary>
    public int Depth => _ready.Reader.Count;

    public void Add(ObjectKey key)
    {
        lock (_gate)
        {
            if (_waiting.Add(key) && !_working.Contains(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    public void AddAfter(ObjectKey key, TimeSpan pause, CancellationToken stop) => _ = LaterAsync(key, pause, stop);

    /// <summary>Adds what failed, later with every failure: 50 ms, doubling to 15 s, with chance.</summary>
    public void AddAgain(ObjectKey key, CancellationToken stop) => AddAfter(key, _failures.GetOrAdd(key, _ => new BackOff(FirstPause, PauseMax)).Next(), stop);

    public async Task<ObjectKey> TakeAsync(CancellationToken stop)
    {
        var key = await _ready.Reader.ReadAsync(stop);
        lock (_gate)
        {
            _waiting.Remove(key);
            _working.Add(key);
        }

        return key;
    }

    /// <param name="succeeded">The next failure is the first again.</param>
    public void Done(ObjectKey key, bool succeeded)
    {
        if (succeeded)
        {
            _failures.TryRemove(key, out _);
        }

        lock (_gate)
        {
            _working.Remove(key);
            if (_waiting.Contains(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    private async Task LaterAsync(ObjectKey key, TimeSpan pause, CancellationToken stop)
    {
        await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested)
        {
            Add(key);
        }
    }
}
