using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Datagrams over the loopback of a network namespace, sent and received by the test itself: what passes, and how late.</summary>
internal static class Packets
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long one datagram takes; null when it does not come within a second.</summary>
    public static TimeSpan? Trip(ProcessIdentity place, IPAddress address, int port = 9_900) => Inside(place, () =>
    {
        using var pair = new Pair(address, port);
        var began = TimeProvider.System.GetTimestamp();
        return pair.Send() && pair.Receive(Patience) ? TimeProvider.System.GetElapsedTime(began) : (TimeSpan?)null;
    });

    /// <summary>How many of so many datagrams do not come, those that the kernel refuses to send included.</summary>
    public static int Lost(ProcessIdentity place, IPAddress address, int count) => Inside(place, () =>
    {
        using var pair = new Pair(address, 9_901);
        return Enumerable.Range(0, count).Count(_ => !pair.Send() || !pair.Receive(TimeSpan.Zero));
    });

    /// <summary>What arrives of so many numbered datagrams that are sent at once, in its order, and how long after the first was sent; ends when nothing has come for half a second.</summary>
    public static IReadOnlyList<(int Number, TimeSpan After)> Arrivals(ProcessIdentity place, IPAddress address, int count) => Inside(place, () =>
    {
        using var pair = new Pair(address, 9_902);
        var began = TimeProvider.System.GetTimestamp();
        for (var number = 0; number < count; number++)
        {
            pair.Send(BitConverter.GetBytes(number));
        }

        List<(int, TimeSpan)> arrived = [];
        while (pair.Next(TimeSpan.FromSeconds(arrived.Count > 0 ? 0.5 : 3)) is { } datagram)
        {
            arrived.Add((BitConverter.ToInt32(datagram), TimeProvider.System.GetElapsedTime(began)));
        }

        return (IReadOnlyList<(int, TimeSpan)>)arrived;
    });

    /// <summary>Bits that arrive in a second, headers of UDP, IPv4 and Ethernet included, while more is sent than passes.</summary>
    public static double BitsPerSecond(ProcessIdentity place, IPAddress address, int contentBytes, TimeSpan time) => Inside(place, () =>
    {
        const int Headers = 8 + 20 + 14;
        using var pair = new Pair(address, 9_903);
        var content = new byte[contentBytes];
        var began = TimeProvider.System.GetTimestamp();
        long? first = null;
        var (last, arrived) = (0L, 0L);

        // The bucket is full at first, and what it lets pass at once is not counted.
        while (TimeProvider.System.GetElapsedTime(began) is var elapsed && elapsed < time + (time / 2))
        {
            pair.Send(content);
            while (pair.Next(TimeSpan.FromMilliseconds(0.2)) is { } datagram)
            {
                (last, arrived) = (TimeProvider.System.GetTimestamp(), first is null ? 0 : arrived + datagram.Length + Headers);
                first ??= elapsed > time / 2 ? last : null;
            }
        }

        // Nothing in the counted part: the test was not given a processor for so long.
        return first is { } counted ? arrived * 8 / TimeProvider.System.GetElapsedTime(counted, last).TotalSeconds : 0;
    });

    /// <summary>Whether a question arrives at its name server, and what is answered in its place.</summary>
    public static (bool IsAsked, byte[]? Answer) Ask(ProcessIdentity place, IPAddress server, byte[] question) => Inside(place, () =>
    {
        using var pair = new Pair(server, 53);
        return pair.Send(question) && pair.Next(TimeSpan.FromSeconds(0.5)) is not null ? (true, null) : (false, pair.Answer(TimeSpan.FromSeconds(0.5)));
    });

    private static T Inside<T>(ProcessIdentity place, Func<T> act) => NetworkNamespace.Inside($"/proc/{place.Pid}/ns/net", act);

    private sealed class Pair : IDisposable
    {
        private readonly Socket _sender;
        private readonly Socket _receiver;
        private readonly EndPoint _to;

        public Pair(IPAddress address, int port)
        {
            _to = new IPEndPoint(address, port);
            _sender = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            _receiver = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
            _receiver.Bind(_to);
        }

        public bool Send() => Send([1]);

        public bool Send(byte[] content)
        {
            try
            {
                return _sender.SendTo(content, _to) == content.Length;
            }
            catch (SocketException)
            {
                return false;       // dropped as it left
            }
        }

        // On the loopback a datagram that is not held back is there when sending it returns.
        public bool Receive(TimeSpan patience) => _receiver.Poll(patience, SelectMode.SelectRead) && _receiver.Receive(new byte[16]) > 0;

        public byte[]? Next(TimeSpan patience)
        {
            var buffer = new byte[64 * 1024];
            return _receiver.Poll(patience, SelectMode.SelectRead) ? buffer[.._receiver.Receive(buffer)] : null;
        }

        public byte[]? Answer(TimeSpan patience)
        {
            var buffer = new byte[2_000];
            return _sender.Poll(patience, SelectMode.SelectRead) ? buffer[.._sender.Receive(buffer)] : null;
        }

        public void Dispose()
        {
            _sender.Dispose();
            _receiver.Dispose();
        }
    }
}
