using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>Until when a fault may stay: its deadline, or the end of its lease where that is earlier.</summary>
internal readonly record struct Term(BootInstant Until, string Why)
{
    public static Term Of(InjectionFolder folder)
    {
        // A deadline that cannot be read has passed: unknown means stop.
        var deadline = Deadline(folder);
        return folder.Lease is { } lease && (lease.Boot != deadline.Boot || lease.Nanoseconds < deadline.Nanoseconds)
            ? new Term(lease, "its lease was not renewed")
            : new Term(deadline, "its time was up");
    }

    private static BootInstant Deadline(InjectionFolder folder)
    {
        try
        {
            return folder.Read().Deadline ?? new BootInstant("none", 0);
        }
        catch (DamagedStateException)
        {
            return new BootInstant("unreadable", 0);
        }
    }
}
