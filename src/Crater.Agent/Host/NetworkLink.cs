using System.Buffers.Binary;
using System.Text;

namespace Crater.Agent.Host;

/// <summary>A network interface, as the kernel lists it in the network namespace of the thread that asks.</summary>
/// <param name="Index">Its number, which stays when it is renamed.</param>
/// <param name="PacketBytesMax">The largest packet that it takes.</param>
internal sealed record NetworkLink(string Name, int Index, bool IsUp, uint PacketBytesMax)
{
    private const ushort GetLink = 18;
    private const int HeaderLength = 16;
    private const int NameAttribute = 3;
    private const int LargestAttribute = 4;

    /// <exception cref="HostException">The kernel does not say.</exception>
    public static IReadOnlyList<NetworkLink> All()
    {
        using var socket = new NetlinkSocket(NetlinkSocket.Routing);
        return All(socket);
    }

    /// <inheritdoc cref="All()"/>
    /// <param name="socket">One that is open already.</param>
    public static IReadOnlyList<NetworkLink> All(NetlinkSocket socket) =>
        [.. from link in socket.List(GetLink, HeaderLength)
            let flags = BinaryPrimitives.ReadUInt32LittleEndian(link.Header.AsSpan(8))
            select new NetworkLink(Encoding.UTF8.GetString(link.Attributes[NameAttribute]).TrimEnd('\0'), BinaryPrimitives.ReadInt32LittleEndian(link.Header.AsSpan(4)), (flags & 1) != 0,
               BinaryPrimitives.ReadUInt32LittleEndian(link.Attributes[LargestAttribute]))];
}
