using System.Globalization;

namespace Crater.Agent.Host;

/// <summary>Tells a process from a later one that got the same pid.</summary>
/// <param name="Pid">In the PID namespace of craterd.</param>
/// <param name="StartTicks">Field 22 of /proc/PID/stat: clock ticks after boot.</param>
/// <param name="Boot">The boot that both count from: after a restart of the machine the same numbers are another process.</param>
internal readonly record struct ProcessIdentity(int Pid, long StartTicks, string Boot)
{
    public static ProcessIdentity Self { get; } = Of(Libc.GetPid()) ?? new ProcessIdentity(Libc.GetPid(), 0, BootClock.System.Boot);

    /// <summary>The identity of whoever has this pid now; null when nobody has.</summary>
    public static ProcessIdentity? Of(int pid) => ProcessStat.Read(pid) is { } stat ? new ProcessIdentity(pid, stat.StartTicks, BootClock.System.Boot) : null;

    /// <summary>Null when the text is no identity as <see cref="ToString"/> writes it.</summary>
    public static ProcessIdentity? Parse(string text) =>
        text.Split('@') is [var pid, var start, var boot]
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessIdentity(number, ticks, boot)
            : null;

    /// <summary>Under this name a message says who started the one that gets it.</summary>
    public const string Parent = "parent";

    /// <summary>Whether the process of that pid is still the one that started this one; one whose parent has ended has another.</summary>
    public static bool IsParent(string pid) => ProcessStat.Read(Libc.GetPid()) is { } self && self.Parent.ToString(CultureInfo.InvariantCulture) == pid;

    /// <summary>Whether this very process exists and has not ended; a zombie has.</summary>
    public bool IsAlive => Boot == BootClock.System.Boot && ProcessStat.Read(Pid) is { HasEnded: false } stat && stat.StartTicks == StartTicks;

    /// <summary>Sends a signal to this very process and to no later one of its pid.</summary>
    /// <returns>0, or the kernel's error number; <see cref="Errno.NoProcess"/> when it is gone.</returns>
    public int Signal(int signal)
    {
        using var handle = PidHandle.Open(this);
        return handle is null ? Errno.NoProcess : handle.Signal(signal);
    }

    public override string ToString() => $"{Pid}@{StartTicks}@{Boot}";
}
