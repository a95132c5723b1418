using System.Collections.Concurrent;

namespace Crater.Tests.Kubernetes.Client;

/// <summary>The real clock, but a pause of less than ten seconds is leapt over and written down: its time has passed at once. Longer timers, the limits on calls, are real.</summary>
internal sealed class LeapingClock : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);
    private long _ahead;

    /// <summary>The pauses that were asked for, in order.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

    public void Leap(TimeSpan span) => Interlocked.Add(ref _ahead, span.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime >= Short)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        Pauses.Enqueue(dueTime);
        Leap(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
