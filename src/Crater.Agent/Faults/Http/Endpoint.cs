using System.Buffers.Binary;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Http;

/// <summary>An address and a port.</summary>
internal readonly record struct Endpoint(ulong High, ulong Low, ushort Port)
{
    public static Endpoint Of(ReadOnlySpan<byte> address) => Tcp.Family(address) == Tcp.Family4
        ? new Endpoint(0, BinaryPrimitives.ReadUInt32BigEndian(address[4..]), Tcp.Port(address))
        : new Endpoint(BinaryPrimitives.ReadUInt64BigEndian(address[8..]), BinaryPrimitives.ReadUInt64BigEndian(address[16..]), Tcp.Port(address));
}
