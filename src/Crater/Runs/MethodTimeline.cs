using Crater.Experiments;

namespace Crater.Runs;

/// <summary>When the steps of a method happen, as far as that is known before: plain activities count as no time.</summary>
internal static class MethodTimeline
{
    /// <summary>How long faults and pauses take, background steps beside the others.</summary>
    public static TimeSpan Duration(IReadOnlyList<Activity> method)
    {
        var now = TimeSpan.Zero;
        var end = TimeSpan.Zero;
        foreach (var activity in method)
        {
            var over = now + activity.PauseBefore + (activity.Provider is FaultProvider fault ? fault.Duration : TimeSpan.Zero) + activity.PauseAfter;
            end = over > end ? over : end;
            now = activity.Background ? now : over;
        }

        return end;
    }
}
