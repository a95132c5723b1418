using System.Collections.Concurrent;

namespace Crater.Tests.Models;

/// <summary>The real clock, but who waits for less than half a minute does not wait: the pause is written down instead. Longer timers are real, so limits on calls stay limits.</summary>
internal sealed class SkippingClock : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(31);

    /// <summary>The pauses that were asked for, in order.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime >= Short)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        Pauses.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
