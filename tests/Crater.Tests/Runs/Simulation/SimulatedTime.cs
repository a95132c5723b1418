namespace Crater.Tests.Runs.Simulation;

/// <summary>
/// One thread, one clock, one order of events: everything that happens in a simulated world happens in here. Time moves only when nobody has
/// anything to do, and two runs of the same seed are the same run.
/// </summary>
public sealed class SimulatedTime
{
    private readonly PriorityQueue<Event, (long Due, long Order)> _events = new();
    private readonly Queue<(SimulatedProcess? Process, SendOrPostCallback Work, object? State)> _ready = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;

    private readonly record struct Event(SimulatedProcess? Process, Action Act, Func<bool>? IsWanted);

    /// <summary>Time since the world began, on the clock that nobody can set.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>How far the wall clock has been set away from where it should be.</summary>
    public TimeSpan WallOffset { get; set; }

    public DateTimeOffset Wall => new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + Now + WallOffset;

    public long Steps { get; private set; }

    /// <summary>Only the world's own thread may post: a continuation from any other would make the seed's history depend on the machine.</summary>
    public void Post(SimulatedProcess process, SendOrPostCallback work, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException($"{process.Name} was called back on a thread that is not the world's.");
        }

        _ready.Enqueue((process, work, state));
    }

    /// <summary>Does something later, in the name of a process (whose death cancels it) or of the world.</summary>
    public void After(TimeSpan wait, Action act, SimulatedProcess? process = null, Func<bool>? isWanted = null) =>
        _events.Enqueue(new Event(process, act, isWanted), ((Now + wait).Ticks, _order++));

    /// <summary>Lets the world go on until the condition holds, or until the time is up, or nothing is left to do.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool RunUntil(Func<bool> isDone, TimeSpan limit)
    {
        var end = Now + limit;
        while (!isDone())
        {
            if (_ready.TryDequeue(out var work))
            {
                Do(work.Process, () => work.Work(work.State));
            }
            else if (_events.TryPeek(out var next, out var key) && key.Due <= end.Ticks)
            {
                _events.Dequeue();
                if (next.IsWanted?.Invoke() != false)
                {
                    Now = TimeSpan.FromTicks(Math.Max(Now.Ticks, key.Due));
                    Do(next.Process, next.Act);
                }
            }
            else
            {
                Now = end;
                return isDone();
            }
        }

        return true;
    }

    private void Do(SimulatedProcess? process, Action act)
    {
        Steps++;
        if (process is { IsAlive: false })
        {
            return;
        }

        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(process);
        try
        {
            process?.Step();
            if (process?.IsAlive != false)
            {
                act();
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }
}
