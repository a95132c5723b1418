using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Crater.Agent.Host;
using Crater.Agent.Keeping;

namespace Crater.Agent.Calibration;

/// <summary>
/// The process that a calibration hits: craterd once more, which does what it is told over its channel and says how it went. So no process of the host is ever touched, and what a fault does is
/// told by the one that it is done to. It dies with the calibration.
/// </summary>
internal sealed unsafe class Victim : IDisposable
{
    /// <summary>The role under which craterd starts itself for it.</summary>
    public const string Role = "pose";

    private const int BlockBytes = 64 * 1024;

    /// <summary>Files that it opens, and processes that it starts, at most.</summary>
    private const int TriesMax = 32;

    private readonly Channel _channel;

    private Victim(Channel channel, int pid) => (_channel, Pid) = (channel, pid);

    public int Pid { get; }

    public static Victim Start()
    {
        var (channel, pid) = Channel.Start(Role);
        return new Victim(channel, pid);
    }

    /// <summary>Tells it to do something, and returns what it answers; null when it does not within the time.</summary>
    public double? Do(string act, string with = "", double patienceSeconds = 30)
    {
        _channel.Send(new Dictionary<string, string> { ["do"] = act, ["with"] = with });
        return _channel.Receive(TimeSpan.FromSeconds(patienceSeconds)) is { } answer ? double.Parse(answer["answer"], CultureInfo.InvariantCulture) : null;
    }

    public void Dispose()
    {
        _channel.Dispose();
        _ = Libc.Kill(Pid, Libc.SignalKill);
        _ = Libc.WaitPid(Pid, out _, 0);
    }

    /// <summary>What the process does: one act after the other, until nobody asks any more.</summary>
    public static int Run(Channel asker)
    {
        while (asker.Receive(Timeout.InfiniteTimeSpan) is { } asked)
        {
            var answer = Act(asked["do"], asked["with"]);
            asker.Send(new Dictionary<string, string> { ["answer"] = answer.ToString("R", CultureInfo.InvariantCulture) });
        }

        return ExitCodes.Done;
    }

    private static double Act(string act, string with) => act switch
    {
        "open" => Opened(),
        "start" => Started(),
        "read" => Read(with),
        "network" => NetworkNamespace.TryMakeOwn() ? 1 : 0,
        "trip" => Trip(int.Parse(with, CultureInfo.InvariantCulture)),
        "lost" => Lost(int.Parse(with, CultureInfo.InvariantCulture)),
        _ => 0,
    };

    /// <summary>How many files it can open.</summary>
    private static int Opened()
    {
        List<int> opened = [];
        while (opened.Count < TriesMax && Libc.Open("/dev/null", Libc.ReadOnly, 0) is >= 0 and var descriptor)
        {
            opened.Add(descriptor);
        }

        opened.ForEach(descriptor => _ = Libc.Close(descriptor));
        return opened.Count;
    }

    /// <summary>How many processes it can have started at one time.</summary>
    private static int Started()
    {
        List<int> started = [];
        while (started.Count < TriesMax && Spawner.Start([Environment.ProcessPath!, Role], [], []) is { Error: 0 } child)
        {
            started.Add(child.Pid);
        }

        foreach (var pid in started)
        {
            _ = Libc.Kill(pid, Libc.SignalKill);
            _ = Libc.WaitPid(pid, out _, 0);
        }

        return started.Count;
    }

    /// <summary>Bytes each second from a file, past the page cache, for two seconds.</summary>
    private static double Read(string path)
    {
        var direct = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;
        using var file = Descriptor.Open(path, Libc.ReadOnly | direct);
        var buffer = (byte*)NativeMemory.AlignedAlloc(BlockBytes, 4096);
        var (began, bytes, at) = (TimeProvider.System.GetTimestamp(), 0L, 0L);
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(2))
        {
            var count = Libc.ReadAt(file.Number, buffer, BlockBytes, at);
            at = count > 0 ? at + count : 0;
            bytes += Math.Max(count, 0);
        }

        NativeMemory.AlignedFree(buffer);
        return bytes / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The middle one of some trips of a datagram over the loopback, in milliseconds.</summary>
    private static double Trip(int count)
    {
        using var socket = Loop();
        var one = new byte[1];
        var times = Enumerable.Range(0, count).Select(_ =>
        {
            var began = TimeProvider.System.GetTimestamp();
            socket.Send(one);
            _ = socket.Receive(one);
            return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
        }).Order().ToList();
        return times[count / 2];
    }

    /// <summary>Of some datagrams over the loopback, how many percent do not arrive.</summary>
    private static double Lost(int count)
    {
        using var socket = Loop();
        var (one, arrived) = (new byte[1], 0);
        for (var i = 0; i < count; i++)
        {
            try
            {
                socket.Send(one);
            }
            catch (SocketException)
            {
                // What is dropped on its way out can be told to the sender.
            }

            while (socket.Available > 0)
            {
                arrived += socket.Receive(one);
            }
        }

        while (socket.Poll(200_000, SelectMode.SelectRead))
        {
            arrived += socket.Receive(one);
        }

        return 100.0 * (count - arrived) / count;
    }

    private static Socket Loop()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20, ReceiveTimeout = 5_000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(socket.LocalEndPoint!);
        return socket;
    }
}
