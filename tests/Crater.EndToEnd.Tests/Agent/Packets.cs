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

        public bool Send()
        {
            try
            {
                return _sender.SendTo([1], _to) == 1;
            }
            catch (SocketException)
            {
                return false;       // dropped as it left
            }
        }

        // On the loopback a datagram that is not held back is there when sending it returns.
        public bool Receive(TimeSpan patience) => _receiver.Poll(patience, SelectMode.SelectRead) && _receiver.Receive(new byte[16]) > 0;

        public void Dispose()
        {
            _sender.Dispose();
            _receiver.Dispose();
        }
    }
}
