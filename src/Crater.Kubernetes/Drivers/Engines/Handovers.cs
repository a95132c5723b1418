using System.Collections.Concurrent;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>
/// Which injections this process may hand over, and which it is handing over now. Whoever takes one off waits for a creation that is under way: a server makes an object also for who no longer waits, and
/// recovery that had looked before would have found none.
/// </summary>
internal sealed class Handovers
{
    private readonly ConcurrentDictionary<string, bool> _live = new();
    private readonly ConcurrentDictionary<string, Task> _underWay = new();

    /// <summary>It is prepared.</summary>
    public void Begin(string injection) => _live[injection] = true;

    /// <summary>This process prepared it, and nobody has begun to take it off, as far as it knows.</summary>
    public bool IsLive(string injection) => _live.ContainsKey(injection);

    /// <summary>Hands it over. Not to be cut short: the time limits of the client end it.</summary>
    /// <param name="refusal">When it was taken off before.</param>
    public async Task MakeAsync(string injection, Func<Task> create, Func<CraterException> refusal)
    {
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[injection] = made.Task;       // before the look: either who ends it sees this, or we see that he was here
        try
        {
            await (IsLive(injection) ? create() : throw refusal());
        }
        finally
        {
            made.TrySetResult();
            _underWay.TryRemove(injection, out _);
        }
    }

    /// <summary>Nothing of it is handed over any more when this returns.</summary>
    public async Task EndAsync(string injection, CancellationToken budget)
    {
        _live.TryRemove(injection, out _);
        if (_underWay.TryGetValue(injection, out var making))
        {
            await making.WaitAsync(budget);
        }
    }
}
