using System.Runtime.ExceptionServices;

namespace Crater.Agent.Host;

/// <summary>A network namespace, known by its inode: the name under which it was given may be gone when it is needed again.</summary>
internal static class NetworkNamespace
{
    private const int NewNetwork = 0x40000000;

    /// <summary>The text that identifies it, e.g. <c>net:[4026531840]</c> for a process's, or the inode of a file.</summary>
    /// <exception cref="HostException">It cannot be seen.</exception>
    public static string Identity(string path)
    {
        using var file = Descriptor.Open(path, Libc.ReadOnly);
        return new FileInfo($"/proc/self/fd/{file.Number}").LinkTarget switch
        {
            { } link when link.StartsWith("net:[", StringComparison.Ordinal) => link,
            // A mounted one shows its path; its inode is the same that the link of a process would show.
            _ => Mounted(path),
        };
    }

    /// <summary>A path by which it can be entered now: of this process, of the file it was given by, or of any process in it. Null when it is gone.</summary>
    public static string? Find(string identity, string given)
    {
        return new[] { "/proc/self/ns/net", given }.Concat(ProcessStat.All().Select(stat => $"/proc/{stat.Pid}/ns/net")).FirstOrDefault(path => Is(path, identity));
    }

    /// <summary>Every network namespace in which a process runs, each once: a process in it and the path to enter it by. That of craterd comes first, with 0 for the process.</summary>
    public static IReadOnlyList<(int Pid, string Path)> All()
    {
        const string Own = "/proc/self/ns/net";
        HashSet<string> seen = [];
        var paths = ProcessStat.All().Select(stat => (stat.Pid, $"/proc/{stat.Pid}/ns/net")).Prepend((0, Own));
        return [.. paths.Where(place => Link(place.Item2) is { } identity && seen.Add(identity))];
    }

    /// <summary>Does something on a thread of its own that is inside, since a namespace belongs to a thread.</summary>
    /// <exception cref="HostException">It cannot be entered; what is done there throws to the caller whatever it throws.</exception>
    public static T Inside<T>(string path, Func<T> act)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(path);
                result = act();
            }
            catch (Exception e)
            {
                // Whatever it is: what a thread lets out ends the process, and with it the watch over every injection.
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;        // it ended, or is another user's
        }
    }

    /// <summary>Takes the calling thread there, for good.</summary>
    /// <exception cref="HostException">It cannot be entered.</exception>
    public static void Enter(string path)
    {
        using var file = Descriptor.Open(path, Libc.ReadOnly);
        if (Libc.EnterNamespace(file.Number, NewNetwork) != 0)
        {
            throw new HostException($"The network namespace {path} could not be entered", Errno.Last);
        }
    }

    /// <summary>Takes the calling thread into a new one, in which nothing but the loopback is, and up.</summary>
    /// <returns>False when the kernel said no.</returns>
    public static unsafe bool TryMakeOwn()
    {
        const nuint SetFlags = 0x8914;      // SIOCSIFFLAGS of a struct ifreq: 16 bytes of name, then the flags
        const int Datagrams = 2;
        const int InternetFamily = 2;
        const short UpAndRunning = 0x41;
        if (Libc.LeaveShared(NewNetwork) != 0)
        {
            return false;
        }

        using var socket = new Descriptor(Libc.Socket(InternetFamily, Datagrams | Libc.CloseOnExec, 0));
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, 16));
        *(short*)(request + 16) = UpAndRunning;
        return Libc.Control(socket.Number, SetFlags, request) == 0;
    }

    private static bool Is(string path, string identity)
    {
        try
        {
            return path.Length > 0 && Identity(path) == identity;
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Mounted(string path)
    {
        var inode = FileState.Of(path)?.Inode ?? "";
        return $"net:[{inode[(inode.LastIndexOf(':') + 1)..]}]";
    }
}
