using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>Which packets: all that leave or arrive, narrowed by interface, protocol, addresses and ports.</summary>
/// <param name="IsIncoming">Packets that arrive; source and destination are those of the packet.</param>
/// <param name="Transport">IPPROTO number; 0 for every protocol.</param>
internal sealed record PacketMatch(bool IsIncoming, string Interface, byte Transport, AddressRange? Source, AddressRange? Destination, ushort SourcePort, ushort DestinationPort)
{
    private const ushort Element = 1;
    private const uint Register = 1;

    /// <summary>The expressions of nf_tables that a packet must pass.</summary>
    public void Write(NetlinkMessage rule)
    {
        if (Interface.Length > 0)
        {
            var name = new byte[16];
            Encoding.UTF8.GetBytes(Interface).CopyTo(name, 0);
            Meta(rule, IsIncoming ? 6u : 7u /* NFT_META_IIFNAME, _OIFNAME */);
            Compare(rule, 0, name);
        }

        if (Source is not null || Destination is not null)
        {
            Meta(rule, 15 /* NFT_META_NFPROTO */);
            Compare(rule, 0, [(Source ?? Destination)!.IsFour ? (byte)2 : (byte)10]);
        }

        Address(rule, Source, isSource: true);
        Address(rule, Destination, isSource: false);
        if (Transport != 0)
        {
            Meta(rule, 16 /* NFT_META_L4PROTO */);
            Compare(rule, 0, [Transport]);
        }

        Port(rule, SourcePort, 0);
        Port(rule, DestinationPort, 2);
    }

    /// <summary>True for one packet in so many; <paramref name="share"/> of a million.</summary>
    public static void Lot(NetlinkMessage rule, uint share)
    {
        const uint Million = 1_000_000;
        if (share >= Million)
        {
            return;
        }

        Expression(rule, "numgen", data => data.Number(1, Register).Number(2, Million).Number(3, 1 /* random */));
        // The number is the machine's own; comparing goes byte by byte from the front.
        Expression(rule, "byteorder", data => data.Number(1, Register).Number(2, Register).Number(3, 1 /* to network order */).Number(4, 4).Number(5, 4));
        var limit = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(limit, share);
        Compare(rule, 2 /* less than */, limit);
    }

    public static void Verdict(NetlinkMessage rule, uint verdict) => Expression(rule, "immediate", data =>
        data.Number(1, 0 /* NFT_REG_VERDICT */).Nest(2, value => value.Nest(2, code => code.Number(1, verdict))));

    public static void Expression(NetlinkMessage rule, string name, Action<NetlinkMessage> data) =>
        rule.Nest(Element, element => element.Text(1, name).Nest(2, data));

    private static void Address(NetlinkMessage rule, AddressRange? range, bool isSource)
    {
        if (range is null)
        {
            return;
        }

        var offset = range.IsFour ? isSource ? 12u : 16u : isSource ? 8u : 24u;
        var length = (uint)range.Address.Length;
        Payload(rule, 1 /* network header */, offset, length);
        Expression(rule, "bitwise", data => data.Number(1, Register).Number(2, Register).Number(3, length)
            .Nest(4, mask => mask.Data(1, range.Mask)).Nest(5, flip => flip.Data(1, new byte[length])));
        Compare(rule, 0, range.First);
    }

    private static void Port(NetlinkMessage rule, ushort port, uint offset)
    {
        if (port != 0)
        {
            Payload(rule, 2 /* transport header */, offset, 2);
            Compare(rule, 0, [(byte)(port >> 8), (byte)port]);
        }
    }

    private static void Meta(NetlinkMessage rule, uint key) => Expression(rule, "meta", data => data.Number(1, Register).Number(2, key));

    private static void Payload(NetlinkMessage rule, uint header, uint offset, uint length) =>
        Expression(rule, "payload", data => data.Number(1, Register).Number(2, header).Number(3, offset).Number(4, length));

    private static void Compare(NetlinkMessage rule, uint operation, byte[] value) =>
        Expression(rule, "cmp", data => data.Number(1, Register).Number(2, operation).Nest(3, content => content.Data(1, value)));
}
