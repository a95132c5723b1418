using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Crater.Agent.Faults.Network.Dns;

/// <summary>One question to a name server, as it stands in a packet that leaves.</summary>
/// <param name="Packet">The packet from its IP header on.</param>
/// <param name="Transport">Where the header of UDP or TCP begins.</param>
/// <param name="Message">Where the message begins.</param>
/// <param name="QuestionEnd">Where its question ends.</param>
/// <param name="Name">What is asked for, in small letters, without the dot at the end.</param>
/// <param name="Type">1 for addresses of IPv4, 28 for those of IPv6.</param>
internal sealed record DnsQuery(byte[] Packet, int Transport, int Message, int QuestionEnd, string Name, ushort Type)
{
    private const byte Udp = 17;
    private const byte Tcp = 6;
    private const int HeaderBytes = 12;

    public bool IsFour => Packet[0] >> 4 == 4;

    public bool IsTcp => Packet[IsFour ? 9 : 6] == Tcp;

    /// <summary>Null when the packet holds no question, or more than one, or is cut into pieces.</summary>
    public static DnsQuery? Of(ReadOnlySpan<byte> packet)
    {
        var transport = IpPacket.HeaderBytes(packet);
        if (transport + 8 > packet.Length)
        {
            return null;
        }

        var protocol = packet[packet[0] >> 4 == 4 ? 9 : 6];
        var message = protocol switch
        {
            Udp => transport + 8,
            // Behind the header of TCP, and the length that stands before each message there.
            Tcp when transport + 13 < packet.Length => transport + ((packet[transport + 12] >> 4) * 4) + 2,
            _ => packet.Length,
        };
        return message + HeaderBytes < packet.Length && (packet[message + 2] & 0xF8) == 0 /* a question, of the usual kind */ && BinaryPrimitives.ReadUInt16BigEndian(packet[(message + 4)..]) == 1
            ? Named(packet, transport, message)
            : null;
    }

    /// <summary>The packet of the answer, from the server that was asked to the one who asked.</summary>
    /// <param name="code">0 for success, 2 for a failure of the server, 3 for a name that does not exist, 5 for refused.</param>
    /// <param name="addresses">Those of the wrong kind for the question are left out. They are to be remembered for no time, so that nobody keeps one beyond the fault.</param>
    public byte[] Answer(int code, IEnumerable<IPAddress> addresses)
    {
        var fitting = addresses.Select(address => address.GetAddressBytes()).Where(bytes => bytes.Length == Type switch { 1 => 4, 28 => 16, _ => 0 }).ToList();
        List<byte> message = [.. Packet[Message..(Message + 2)], (byte)(0x80 | (Packet[Message + 2] & 1)), (byte)(0x80 | code), 0, 1, 0, (byte)fitting.Count, 0, 0, 0, 0];
        message.AddRange(Packet[(Message + HeaderBytes)..QuestionEnd]);
        foreach (var address in fitting)
        {
            message.AddRange([0xC0, HeaderBytes /* the name of the question */, 0, (byte)Type, 0, 1 /* internet */, 0, 0, 0, 0, 0, (byte)address.Length, .. address]);
        }

        return IsFour ? Four([.. message]) : Six([.. message]);
    }

    /// <summary>Of the one who asked.</summary>
    public ReadOnlySpan<byte> Asker => IsFour ? Packet.AsSpan(12, 4) : Packet.AsSpan(8, 16);

    private static DnsQuery? Named(ReadOnlySpan<byte> packet, int transport, int message)
    {
        var name = new StringBuilder();
        var at = message + HeaderBytes;
        while (at < packet.Length && packet[at] is > 0 and < 64 and var length && at + length < packet.Length)
        {
            name.Append(name.Length > 0 ? "." : "").Append(Encoding.Latin1.GetString(packet.Slice(at + 1, length)).ToLowerInvariant());
            at += 1 + length;
        }

        return at + 5 <= packet.Length && packet[at] == 0
            ? new DnsQuery(packet.ToArray(), transport, message, at + 5, name.ToString(), BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 1)..]))
            : null;
    }

    // Sums of IPv4 are filled in by the kernel, and UDP may do without one there.
    private byte[] Four(byte[] message) =>
        [0x45, 0, 0, 0, 0, 0, 0, 0, 64, Udp, 0, 0, .. Packet[16..20], .. Packet[12..16], .. Datagram(message)];

    private byte[] Six(byte[] message)
    {
        var datagram = Datagram(message);
        byte[] length = [(byte)(datagram.Length >> 8), (byte)datagram.Length];
        var sum = Sum([.. Packet[24..40], .. Packet[8..24], 0, 0, .. length, 0, 0, 0, Udp, .. datagram]);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), sum == 0 ? (ushort)0xFFFF : sum);
        return [0x60, 0, 0, 0, .. length, Udp, 64, .. Packet[24..40], .. Packet[8..24], .. datagram];
    }

    private byte[] Datagram(byte[] message) =>
        [.. Packet[(Transport + 2)..(Transport + 4)], .. Packet[Transport..(Transport + 2)], (byte)((message.Length + 8) >> 8), (byte)(message.Length + 8), 0, 0, .. message];

    private static ushort Sum(byte[] bytes)
    {
        var sum = 0u;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? (uint)bytes[i] << 8 : bytes[i];
        }

        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
