using Crater.Agent.Host;

namespace Crater.Agent.Faults.Http;

/// <summary>Which relay is to be woken when; a timer of the kernel's says so to the nanosecond, where a wait for sockets counts in milliseconds.</summary>
internal sealed unsafe class Alarms : IDisposable
{
    private readonly PriorityQueue<Relay, long> _due = new();
    private readonly Descriptor _timer = new(Libc.TimerCreate(Libc.ClockMonotonic, Libc.CloseOnExec | Libc.NonBlocking));
    private long _armed = long.MaxValue;

    /// <summary>Readable when one is due.</summary>
    public int Descriptor => _timer.Number;

    /// <param name="timestamp">Of <see cref="TimeProvider"/>.</param>
    public void Set(Relay relay, long timestamp)
    {
        _due.Enqueue(relay, timestamp);
        if (timestamp < _armed)
        {
            Arm(timestamp);
        }
    }

    /// <summary>Wakes all that are due.</summary>
    public void Ring()
    {
        if (_armed > TimeProvider.System.GetTimestamp())
        {
            return;
        }

        _timer.Forget();
        while (_due.TryPeek(out var relay, out var at) && at <= TimeProvider.System.GetTimestamp())
        {
            _due.Dequeue();
            if (!relay.IsClosed)
            {
                relay.Wake();
            }
        }

        _armed = long.MaxValue;
        if (_due.TryPeek(out _, out var first))
        {
            Arm(first);
        }
    }

    public void Dispose() => _timer.Dispose();

    // Timestamps are nanoseconds of the monotonic clock here.
    private void Arm(long timestamp)
    {
        _armed = timestamp;
        var setting = stackalloc Libc.TimeSpec[2];
        setting[0] = default;
        setting[1] = new Libc.TimeSpec { Seconds = timestamp / 1_000_000_000, Nanoseconds = timestamp % 1_000_000_000 };
        _ = Libc.TimerSet(_timer.Number, Libc.Absolute, setting, null);
    }
}
