namespace Crater.Lab.Spawning;

/// <summary>Tells a process from a later one with the same pid.</summary>
/// <param name="Pid">In the PID namespace of this process.</param>
/// <param name="StartTicks">Field 22 of /proc/PID/stat: clock ticks after boot.</param>
internal readonly record struct ProcessId(int Pid, long StartTicks)
{
    /// <summary>The identity of a living process; null when there is none.</summary>
    public static ProcessId? Of(int pid) => ProcessStat.Read(pid) is { } stat ? new ProcessId(pid, stat.StartTicks) : null;

    /// <summary>Whether this very process exists and has not ended (a zombie has).</summary>
    public bool IsAlive => ProcessStat.Read(Pid) is { } stat && stat.StartTicks == StartTicks && stat.State is not ('Z' or 'X');

    /// <summary>Sends a signal to this very process; false when it is gone.</summary>
    public bool Signal(int signal) => IsAlive && Native.Kill(Pid, signal) == 0;

    public override string ToString() => $"{Pid}@{StartTicks}";
}
