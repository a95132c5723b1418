namespace Crater.Lab.Holding;

/// <summary>The holder's limits, each with its reason.</summary>
internal static class Limits
{
    /// <summary>A fault that nobody has asked to keep for this long ends by itself: long enough for a slow reader, short enough that a person waits for it.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);

    /// <summary>Nobody may be away for longer than this with a fault in place.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromMinutes(5);

    /// <summary>How often leases are looked at: what a recovery by lease can be late.</summary>
    public static readonly TimeSpan LeaseLook = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a filler may take to make its pages resident: 1 GB/s is slow, and no sensible fill is larger than this allows.</summary>
    public static readonly TimeSpan FillPatience = TimeSpan.FromSeconds(30);

    /// <summary>How long a process may take to stop: it must get the processor once, on a machine that may be full.</summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long one removal may take before it is tried again.</summary>
    public static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(5);
}
