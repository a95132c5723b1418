using System.Text;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>One end of a pair of sockets between two processes of craterd: one message is one map from text to text, at most 64 KiB. The end of the other process closes it.</summary>
internal sealed unsafe class Channel : IDisposable
{
    /// <summary>Of one message.</summary>
    public const int BytesMax = 64 * 1024;

    private readonly Descriptor _socket;

    private Channel(Descriptor socket) => _socket = socket;

    /// <summary>Readable when a message is there or the other side has ended.</summary>
    public int Descriptor => _socket.Number;

    /// <summary>The end that a child was handed.</summary>
    /// <param name="place">Its place among those that were handed down; the first is 0.</param>
    public static Channel OfThisProcess(int place = 0)
    {
        // A child of this process must not hold it: its end would no longer be seen.
        _ = Libc.FileControl(Spawner.Inherited + place, 2 /* F_SETFD */, 1 /* FD_CLOEXEC */);
        return new Channel(new Descriptor(Spawner.Inherited + place));
    }

    /// <summary>Both ends of a new one.</summary>
    /// <param name="role">Of the process that it is for.</param>
    /// <exception cref="AgentException">CRT5540: the kernel refused.</exception>
    public static (Channel Ours, Channel Theirs) Pair(string role)
    {
        var ends = stackalloc int[2];
        return Libc.SocketPair(Libc.UnixSockets, Libc.SequencedPackets | Libc.CloseOnExec, 0, ends) == 0
            ? (new Channel(new Descriptor(ends[0])), new Channel(new Descriptor(ends[1])))
            : throw NotStarted(role, Errno.Last);
    }

    /// <summary>Starts this program once more, in another role, with a channel between the two.</summary>
    /// <exception cref="AgentException">CRT5540: the kernel refused.</exception>
    public static (Channel Ours, int Pid) Start(string role, params IReadOnlyList<string> arguments)
    {
        var (ours, theirs) = Pair(role);
        using (theirs)
        {
            try
            {
                return (ours, Start(role, arguments, theirs));
            }
            catch (AgentException)
            {
                ours.Dispose();
                throw;
            }
        }
    }

    /// <summary>Starts this program once more, in another role, and hands it these ends.</summary>
    /// <returns>Its pid.</returns>
    /// <exception cref="AgentException">CRT5540: the kernel refused.</exception>
    public static int Start(string role, IReadOnlyList<string> arguments, params ReadOnlySpan<Channel> handed)
    {
        Span<int> descriptors = stackalloc int[handed.Length];
        for (var i = 0; i < handed.Length; i++)
        {
            descriptors[i] = handed[i].Descriptor;
        }

        var (pid, error) = Spawner.Start([Environment.ProcessPath ?? "/proc/self/exe", role, .. arguments], descriptors, Watch.EndSignals);
        return error == 0 ? pid : throw NotStarted(role, error);
    }

    /// <summary>False when the other side is gone.</summary>
    public bool Send(IEnumerable<KeyValuePair<string, string>> message)
    {
        var bytes = Encoding.UTF8.GetBytes(FlatJson.Write(message));
        fixed (byte* start = bytes)
        {
            return Libc.Send(_socket.Number, start, (nuint)bytes.Length, Libc.NoSignal) == bytes.Length;
        }
    }

    /// <summary>Null when the other side ended without a word, or said none in time, or this process was asked to end meanwhile.</summary>
    public Dictionary<string, string>? Receive(TimeSpan patience, Watch? watch = null)
    {
        var entries = stackalloc Libc.PollEntry[2];
        entries[0] = new Libc.PollEntry { Descriptor = _socket.Number, Events = Libc.PollIn };
        entries[1] = new Libc.PollEntry { Descriptor = watch?.Signals ?? -1, Events = Libc.PollIn };
        while (Libc.Poll(entries, 2, (int)patience.TotalMilliseconds) is var answer && answer <= 0)
        {
            if (answer == 0 || Errno.Last != Errno.Interrupted)
            {
                return null;
            }
        }

        return entries[0].Returned == 0 ? null : _socket.ReadMessage() is { } text ? FlatJson.Read(text) : null;
    }

    /// <summary>
    /// Once the other side has ended: whether it had read all that was sent to it. The kernel tells the two apart, by resetting a connection that ends with something unread,
    /// so nobody has to say that he has heard.
    /// </summary>
    public bool WasHeard()
    {
        byte nothing;
        return Libc.Read(_socket.Number, &nothing, 1) >= 0 || Errno.Last != Errno.ConnectionReset;
    }

    public void Dispose() => _socket.Dispose();

    private static AgentException NotStarted(string role, int error) => new("CRT5540", ExitCodes.Host,
        $"The process that is to {role} the fault could not be started: {Errno.Words(error)}. Nothing was touched; look at the limits on processes and open files.");
}
