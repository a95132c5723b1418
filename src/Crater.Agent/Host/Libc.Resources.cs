using System.Runtime.InteropServices;

namespace Crater.Agent.Host;

/// <summary>The calls into the C library for limits, devices and scheduling.</summary>
internal static unsafe partial class Libc
{
    /// <summary>RLIMIT_NOFILE: one more than the highest number that a new descriptor may get.</summary>
    public const int LimitFiles = 7;

    /// <summary>RLIMIT_NPROC: processes and threads of one user; root is exempt.</summary>
    public const int LimitProcesses = 6;

    private const int IdleClass = 5;

    /// <summary>A soft limit, which counts, and the hard one, up to which its owner may raise it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public record struct ResourceLimit(ulong Soft, ulong Hard);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    public static partial int Limit(int pid, int resource, ResourceLimit* set, ResourceLimit* old);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint memory, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint WriteAt(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_fadvise", SetLastError = true)]
    public static partial int AdviseFile(int descriptor, long offset, long length, int advice);

    /// <summary>From now on the calling thread runs only when nobody else wants to.</summary>
    public static void BeIdle()
    {
        var priority = 0;
        _ = SetScheduler(0, IdleClass, &priority);
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, int* priority);
}
