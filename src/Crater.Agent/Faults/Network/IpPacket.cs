using System.Buffers.Binary;

namespace Crater.Agent.Faults.Network;

/// <summary>Reads the headers of packets of IPv4 and IPv6.</summary>
internal static class IpPacket
{
    /// <summary>Up to where the headers of IP go; the length of all when that cannot be told.</summary>
    public static int HeaderBytes(ReadOnlySpan<byte> packet) => packet.Length switch
    {
        >= 20 when packet[0] >> 4 == 4 => Math.Min((packet[0] & 15) * 4, packet.Length),
        >= 40 when packet[0] >> 4 == 6 => 40,
        _ => packet.Length,
    };
}
