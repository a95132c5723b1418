using System.Runtime.InteropServices;

namespace Crater.Runs.Activities.Processes;

/// <summary>The calls into Linux' C library by which programs are started and followed. 64-bit processors.</summary>
internal static unsafe partial class Libc
{
    public const int Interrupted = 4;       // EINTR
    public const int NoHang = 1;            // WNOHANG
    public const int SigPipe = 13;
    public const int SigKill = 9;
    public const int SigStop = 19;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;

    /// <summary>SETSIGDEF and SETSIGMASK: .NET ignores SIGPIPE, and ignoring is inherited.</summary>
    public const short SpawnFlags = 0x04 | 0x08;

    /// <summary>Larger than posix_spawnattr_t (336), posix_spawn_file_actions_t (80) and sigset_t (128) of any C library.</summary>
    public const int OpaqueSize = 512;

    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const uint EpollIn = 1;
    public const int EpollCloseOnExec = CloseOnExec;

    /// <summary>epoll_event is 12 bytes without a gap on x86-64, and 16 with one everywhere else.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private const int Monotonic = 1;

    // The same number on every processor.
    private const int PidfdOpen = 434;

    /// <summary>A descriptor that becomes readable when the process has ended; -1 where the kernel (before 5.3) or a filter knows no such thing.</summary>
    public static int OpenPid(int pid) => (int)SystemCall(PidfdOpen, pid, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint a, nint b);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int GetPid();

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int CreateEpoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int ControlEpoll(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int WaitEpoll(int epoll, byte* entries, int max, int timeoutMs);

    /// <summary>A descriptor that becomes readable when its time has come; -1 when there is none left.</summary>
    public static int CreateTimer() => CreateTimer(Monotonic, CloseOnExec | NonBlocking);

    /// <summary>Once, from now.</summary>
    public static void SetTimer(int timer, int milliseconds)
    {
        // struct itimerspec: interval and first time, seconds and nanoseconds each.
        var times = stackalloc long[] { 0, 0, milliseconds / 1000, milliseconds % 1000 * 1_000_000L };
        _ = SetTimer(timer, 0, times, null);
    }

    /// <summary>Its time has come and is taken note of.</summary>
    public static void ReadTimer(int timer)
    {
        long count;
        _ = Read(timer, (byte*)&count, sizeof(long));
    }

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int CreateTimer(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int SetTimer(int timer, int flags, long* next, long* before);

    /// <returns>0, or the error's number.</returns>
    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int EmptySignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    public static partial int AddSignal(byte* signals, int signal);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* actions, int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int AddOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);
}
