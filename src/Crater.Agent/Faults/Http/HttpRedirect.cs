using System.Buffers.Binary;
using System.Net;
using Crater.Agent.Faults.Network;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Http;

/// <summary>
/// The table of nf_tables that leads new connections of one port to the proxy, by TPROXY: no address is rewritten and no connection tracked, so a connection that is
/// on its way already stays where it is, in either direction, whatever becomes of the table. Fail-open three times over: the kernel removes the table with the socket that
/// owns it; the rule does nothing when nobody listens behind it; and it only holds while the proxy says again and again that it is awake.
/// </summary>
internal sealed class HttpRedirect : IDisposable
{
    /// <summary>Packets of the proxy's own connections carry it, so that they are not led back to it. Unlike a mark, nobody routes or filters by it.</summary>
    public const int OwnPriority = 0x0063_7261;

    /// <summary>A proxy that has said nothing for so long gets no more connections: it is stopped, or hangs.</summary>
    public static readonly TimeSpan Awake = TimeSpan.FromSeconds(3);

    private const ushort NewSet = (PacketTable.Subsystem << 8) | 9;
    private const ushort NewElement = (PacketTable.Subsystem << 8) | 12;
    private const ushort DeleteElement = (PacketTable.Subsystem << 8) | 14;

    private const ushort Make = NetlinkMessage.Create | NetlinkMessage.Acknowledge;
    private const string Ports = "awake";

    /// <summary>After what others rewrite when a packet arrives (-100): a connection that goes on to another host or container is not this one's.</summary>
    private const int Priority = -95;

    private readonly Lock _lock = new();
    private readonly NetlinkSocket _socket;
    private readonly string _table;
    private readonly ushort _port;
    private bool _isGone;

    private HttpRedirect(NetlinkSocket socket, string table, ushort port) => (_socket, _table, _port) = (socket, table, port);

    /// <param name="proxies">Of each family: where the proxy listens, on its loopback address.</param>
    /// <exception cref="HostException">The kernel lacks a part of it, or does not permit it.</exception>
    public static HttpRedirect Begin(string table, ushort port, IReadOnlyList<(int Family, ushort Port)> proxies) =>
        new(PacketTable.Make(table, flags => PacketTable.Ended(Batch(table, port, proxies, flags))).Socket, table, port);

    /// <summary>Has the kernel check all of it without doing it: the last step of the transaction is one that must fail, so it forgets the others.</summary>
    /// <exception cref="HostException">The kernel lacks a part of it, or does not permit it.</exception>
    public static void Try()
    {
        using var socket = new NetlinkSocket();
        var error = Ask(socket, Batch("crater_try", 1, [(Tcp.Family4, 1), (Tcp.Family6, 1)], 0)
            .Add(PacketTable.DeleteTable, NetlinkMessage.Acknowledge, PacketTable.Inet, 0, table => table.Text(1, "crater_none")));
        if (error != Errno.NoEntry)
        {
            throw new HostException("Connections cannot be led to a proxy (nf_tables with tproxy, fib and sets)", error);
        }
    }

    /// <summary>The proxy is awake: the rule holds for a while longer.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            if (_isGone)
            {
                return;
            }

            // An element's time is set when it is made; made anew in one step, it is never missing in between. One that is gone cannot be deleted, and is only made.
            if (Ask(_socket, Element(Element(PacketTable.Begun(), DeleteElement), NewElement)) != 0)
            {
                _ = Ask(_socket, Element(PacketTable.Begun(), NewElement));
            }
        }
    }

    /// <summary>New connections pass the proxy by, until it is renewed.</summary>
    public void Rest()
    {
        lock (_lock)
        {
            _ = _isGone ? 0 : Ask(_socket, Element(PacketTable.Begun(), DeleteElement));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isGone)
            {
                _isGone = true;
                _ = Ask(_socket, PacketTable.Begun().Add(PacketTable.DeleteTable, NetlinkMessage.Acknowledge, PacketTable.Inet, 0, table => table.Text(1, _table)));
                _socket.Dispose();
            }
        }
    }

    private static int Ask(NetlinkSocket socket, NetlinkMessage batch)
    {
        // A batch that failed may have left more answers than the one that was waited for.
        while (socket.Wait(0))
        {
            _ = socket.Receive();
        }

        return socket.Ask(PacketTable.Ended(batch));
    }

    private NetlinkMessage Element(NetlinkMessage batch, ushort type) => Element(batch, type, _table, _port);

    private static NetlinkMessage Element(NetlinkMessage batch, ushort type, string table, ushort port) => batch.Add(type, Make, PacketTable.Inet, 0, element =>
    {
        var time = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, (long)Awake.TotalMilliseconds);
        element.Text(1, table).Text(2, Ports).Nest(3, list => list.Nest(1, one =>
        {
            one.Nest(1, key => key.Data(1, Big(port)));
            _ = type == NewElement ? one.Data(4, time) : one;
        }));
    });

    private static NetlinkMessage Batch(string name, ushort port, IReadOnlyList<(int Family, ushort Port)> proxies, uint flags)
    {
        var batch = PacketTable.Begun()
            .Add(PacketTable.NewTable, Make, PacketTable.Inet, 0, table => table.Text(1, name).Number(2, flags))
            .Add(NewSet, Make, PacketTable.Inet, 0, set => set.Text(1, name).Text(2, Ports).Number(3, 0x10 /* with timeouts */).Number(4, 13 /* ports */).Number(5, 2).Number(10, 1))
            .Add(PacketTable.NewChain, Make, PacketTable.Inet, 0, chain => chain.Text(1, name).Text(3, "lead").Text(7, "filter")
                .Nest(4, hook => hook.Number(1, 0 /* NF_INET_PRE_ROUTING */).Number(2, unchecked((uint)Priority))));
        foreach (var proxy in proxies)
        {
            batch.Add(PacketTable.NewRule, Make | 0x800 /* at the end */, PacketTable.Inet, 0, rule => rule.Text(1, name).Text(2, "lead").Nest(4, content => Lead(content, proxy.Family, proxy.Port)));
        }

        return Element(batch, NewElement, name, port);
    }

    /// <summary>TCP of the family, to a port of the set, to an address of this very namespace, and none of the proxy's own: to the proxy.</summary>
    private static void Lead(NetlinkMessage rule, int family, ushort proxy)
    {
        const uint Register = 1;
        PacketMatch.Expression(rule, "meta", data => data.Number(1, Register).Number(2, 15 /* NFT_META_NFPROTO */));
        PacketMatch.Expression(rule, "cmp", data => data.Number(1, Register).Number(2, 0).Nest(3, value => value.Data(1, [(byte)family])));
        PacketMatch.Expression(rule, "meta", data => data.Number(1, Register).Number(2, 16 /* NFT_META_L4PROTO */));
        PacketMatch.Expression(rule, "cmp", data => data.Number(1, Register).Number(2, 0).Nest(3, value => value.Data(1, [6])));
        PacketMatch.Expression(rule, "payload", data => data.Number(1, Register).Number(2, 2 /* transport header */).Number(3, 2).Number(4, 2));
        PacketMatch.Expression(rule, "lookup", data => data.Text(1, Ports).Number(2, Register).Number(4, 1));
        PacketMatch.Expression(rule, "meta", data => data.Number(1, Register).Number(2, 2 /* NFT_META_PRIORITY */));
        PacketMatch.Expression(rule, "cmp", data => data.Number(1, Register).Number(2, 1 /* differs */).Nest(3, value => value.Data(1, BitConverter.GetBytes(OwnPriority))));
        PacketMatch.Expression(rule, "fib", data => data.Number(1, Register).Number(2, 3 /* kind of address */).Number(3, 2 /* of the destination */));
        PacketMatch.Expression(rule, "cmp", data => data.Number(1, Register).Number(2, 0).Nest(3, value => value.Data(1, BitConverter.GetBytes(2 /* RTN_LOCAL */))));
        var address = (family == Tcp.Family4 ? IPAddress.Loopback : IPAddress.IPv6Loopback).GetAddressBytes();
        PacketMatch.Expression(rule, "immediate", data => data.Number(1, Register).Nest(2, value => value.Data(1, address)));
        PacketMatch.Expression(rule, "immediate", data => data.Number(1, Register + 1).Nest(2, value => value.Data(1, Big(proxy))));
        PacketMatch.Expression(rule, "tproxy", data => data.Number(1, (uint)family).Number(2, Register).Number(3, Register + 1));
        PacketMatch.Verdict(rule, 1 /* accept */);
    }

    private static byte[] Big(ushort number) => [(byte)(number >> 8), (byte)number];
}
