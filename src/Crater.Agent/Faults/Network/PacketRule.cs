using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>Which packets: all that leave or arrive, narrowed by interface, protocol, addresses and ports.</summary>
/// <param name="IsIncoming">Packets that arrive; source and destination are those of the packet.</param>
/// <param name="Transport">IPPROTO number; 0 for every protocol.</param>
internal sealed record PacketMatch(bool IsIncoming, string Interface, byte Transport, AddressRange? Source, AddressRange? Destination, ushort SourcePort, ushort DestinationPort)
{
    private static readonly byte[] Four = [0x08, 0x00];
    private static readonly byte[] Six = [0x86, 0xDD];

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

        Rest(rule);
    }

    /// <summary>Whether packets of IPv4, or of IPv6, can be among them.</summary>
    public bool MayBe(bool isFour) => (Source ?? Destination) is not { } range || range.IsFour == isFour;

    /// <summary>The same for a rule at an interface, where packets of other protocols than IP pass too: those are never hit.</summary>
    public IEnumerable<Action<NetlinkMessage>> AtInterface() =>
        from isFour in new[] { true, false }
        where MayBe(isFour)
        select (Action<NetlinkMessage>)(rule =>
        {
            Meta(rule, 1 /* NFT_META_PROTOCOL */);
            Compare(rule, 0, isFour ? Four : Six);
            Rest(rule);
        });

    private void Rest(NetlinkMessage rule)
    {
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

    /// <summary>A copy of the packet goes to where the packet goes; both go on.</summary>
    public static void Duplicate(NetlinkMessage rule, bool isFour)
    {
        Payload(rule, 1 /* network header */, isFour ? 16u : 24u, isFour ? 4u : 16u);
        Expression(rule, "dup", data => data.Number(1, Register));
    }

    /// <summary>The packet goes to another interface, and this one sees no more of it.</summary>
    public static void Forward(NetlinkMessage rule, int link)
    {
        Expression(rule, "immediate", data => data.Number(1, Register).Nest(2, value => value.Data(1, BitConverter.GetBytes(link))));
        Expression(rule, "fwd", data => data.Number(1, Register));
    }

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
