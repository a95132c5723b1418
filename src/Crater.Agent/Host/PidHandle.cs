namespace Crater.Agent.Host;

/// <summary>A pidfd: a hold on one very process, which cannot come to mean another. Readable for poll when the process has ended.</summary>
internal sealed class PidHandle : IDisposable
{
    // The same numbers on every architecture.
    private const nint PidOpenCall = 434;
    private const nint PidSignalCall = 424;

    private PidHandle(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; }

    /// <summary>Null when that process is gone, whoever has its pid now.</summary>
    public static PidHandle? Open(ProcessIdentity process)
    {
        var descriptor = (int)Libc.SystemCall(PidOpenCall, process.Pid, 0, 0, 0);
        if (descriptor < 0)
        {
            return null;
        }

        // Only after it is held does its start time say for good which process this is.
        var handle = new PidHandle(descriptor);
        if (process.IsAlive)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    /// <returns>0, or the kernel's error number.</returns>
    public int Signal(int signal) => Libc.SystemCall(PidSignalCall, Descriptor, signal, 0, 0) == 0 ? 0 : Errno.Last;

    /// <summary>Whether it ended within the time.</summary>
    public unsafe bool Ends(TimeSpan limit)
    {
        var entry = new Libc.PollEntry { Descriptor = Descriptor, Events = Libc.PollIn };
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = limit - TimeProvider.System.GetElapsedTime(began);
            var answer = Libc.Poll(&entry, 1, (int)Math.Clamp(left.TotalMilliseconds, 0, int.MaxValue));
            if (answer >= 0 || Errno.Last != Errno.Interrupted)
            {
                return answer > 0;
            }
        }
    }

    public void Dispose() => _ = Libc.Close(Descriptor);
}
