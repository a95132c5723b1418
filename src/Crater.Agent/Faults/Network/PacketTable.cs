using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>A chain of a table with its rules, in the order in which a packet meets them.</summary>
/// <param name="Hook">Where in the kernel's way it stands.</param>
/// <param name="Device">The interface whose packets it sees; empty in a table of all of them.</param>
/// <param name="Rules">Each writes its expressions.</param>
internal sealed record PacketChain(string Name, uint Hook, string Device, IReadOnlyList<Action<NetlinkMessage>> Rules)
{
    public string Kind { get; init; } = "filter";

    /// <summary>Before everybody else's rules of filtering, so that no accept of theirs comes first.</summary>
    public int Priority { get; init; } = -390;
}

/// <summary>
/// A table of nf_tables that belongs to one injection and to nobody else: no rule of the host's is touched, several compose, and taking it away is one step. Where the
/// kernel can (5.12), the table is owned by the socket that made it, and goes when that socket is closed, however its process ends.
/// </summary>
internal static class PacketTable
{
    /// <summary>A table for IPv4 and IPv6 together.</summary>
    public const byte Inet = 1;

    /// <summary>A table for IPv4 alone, and one for IPv6 alone.</summary>
    public const byte Four = 2;

    /// <inheritdoc cref="Four"/>
    public const byte Six = 10;

    /// <summary>A table for interfaces.</summary>
    public const byte Netdev = 5;

    /// <summary>Messages of nf_tables begin with it.</summary>
    public const byte Subsystem = 10;

    public const ushort NewTable = (Subsystem << 8) | 0;
    public const ushort DeleteTable = (Subsystem << 8) | 2;
    public const ushort NewChain = (Subsystem << 8) | 3;
    public const ushort NewRule = (Subsystem << 8) | 6;

    private const ushort GetTable = (Subsystem << 8) | 1;
    private const ushort GetChain = (Subsystem << 8) | 4;
    private const ushort BatchBegin = 0x10;
    private const ushort BatchEnd = 0x11;
    private const uint Owned = 2;

    /// <summary>The beginning of a transaction.</summary>
    public static NetlinkMessage Begun() => new NetlinkMessage().Add(BatchBegin, 0, 0, Subsystem);

    /// <summary>The transaction with its end.</summary>
    public static NetlinkMessage Ended(NetlinkMessage batch) => batch.Add(BatchEnd, 0, 0, Subsystem);

    /// <summary>Makes the table of packets that leave or arrive, with all its rules, in one transaction.</summary>
    /// <param name="rules">Of each: whether it is for packets that arrive, and its expressions.</param>
    /// <returns>The socket that owns it, which is to be held; and whether it really owns it.</returns>
    /// <exception cref="HostException">The kernel has no nf_tables, or does not permit it.</exception>
    public static (NetlinkSocket Socket, bool IsOwned) Make(string name, IReadOnlyList<(bool IsIncoming, Action<NetlinkMessage> Write)> rules) => Make(Inet, name,
    [
        .. from isIncoming in new[] { false, true }
           select new PacketChain(isIncoming ? "in" : "out", isIncoming ? 1u : 3u /* NF_INET_LOCAL_IN, _OUT */, "", [.. rules.Where(rule => rule.IsIncoming == isIncoming).Select(rule => rule.Write)]),
    ]);

    /// <inheritdoc cref="Make(string, IReadOnlyList{ValueTuple{bool, Action{NetlinkMessage}}})"/>
    /// <param name="family"><see cref="Inet"/> or <see cref="Netdev"/>.</param>
    public static (NetlinkSocket Socket, bool IsOwned) Make(byte family, string name, IReadOnlyList<PacketChain> chains)
    {
        return Make(name, flags => Batch(family, name, chains, flags));
    }

    /// <inheritdoc cref="Make(byte, string, IReadOnlyList{PacketChain})"/>
    /// <param name="batch">The transaction that makes it, given the flags that the table is to have.</param>
    public static (NetlinkSocket Socket, bool IsOwned) Make(string name, Func<uint, NetlinkMessage> batch)
    {
        var socket = new NetlinkSocket();
        var error = socket.Ask(batch(Owned));
        var isOwned = error == 0;
        if (error is 22 /* EINVAL */ or Errno.NotSupported)
        {
            // On another socket: a batch that failed may have left more answers than the one that was waited for.
            socket.Dispose();
            socket = new NetlinkSocket();
            error = socket.Ask(batch(0));
        }

        if (error == 0)
        {
            return (socket, isOwned);
        }

        socket.Dispose();
        throw new HostException($"The table {name} could not be made in nf_tables", error);
    }

    /// <exception cref="HostException">It cannot be seen.</exception>
    public static bool IsThere(string name, byte family = Inet)
    {
        using var socket = new NetlinkSocket();
        return socket.Ask(new NetlinkMessage().Add(GetTable, NetlinkMessage.Acknowledge, family, 0, table => table.Text(1, name))) switch
        {
            0 => true,
            Errno.NoEntry => false,
            var error => throw new HostException($"The table {name} cannot be looked for", error),
        };
    }

    /// <summary>Everyone's chains at the interfaces of this network namespace: the interface and where.</summary>
    /// <exception cref="HostException">They cannot be seen.</exception>
    public static IReadOnlyList<(string Device, uint Hook)> AtInterfaces()
    {
        using var socket = new NetlinkSocket();
        return [.. from chain in socket.List(GetChain, header: 4)
                   where chain.Header[0] == Netdev && chain.Attributes.ContainsKey(4)
                   let hook = NetlinkSocket.Attributes(chain.Attributes[4])
                   from device in Devices(hook)
                   select (device, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hook[1]))];
    }

    /// <summary>Takes it away; one that is not there is as good.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Remove(string name, byte family = Inet)
    {
        using var socket = new NetlinkSocket();
        var error = socket.Ask(Ended(Begun().Add(DeleteTable, NetlinkMessage.Acknowledge, family, 0, table => table.Text(1, name))));
        if (error is not (0 or Errno.NoEntry))
        {
            throw new HostException($"The table {name} could not be removed", error);
        }
    }

    private static NetlinkMessage Batch(byte family, string name, IReadOnlyList<PacketChain> chains, uint flags)
    {
        const ushort Make = NetlinkMessage.Create | NetlinkMessage.Acknowledge;
        var batch = Begun().Add(NewTable, Make, family, 0, table => table.Text(1, name).Number(2, flags));
        foreach (var chain in chains)
        {
            batch.Add(NewChain, Make, family, 0, made => made.Text(1, name).Text(3, chain.Name).Text(7, chain.Kind).Nest(4, hook =>
            {
                hook.Number(1, chain.Hook).Number(2, unchecked((uint)chain.Priority));
                if (chain.Device.Length > 0)
                {
                    hook.Text(3, chain.Device);
                }
            }));
            foreach (var rule in chain.Rules)
            {
                // 0x800: at the end, so that rules are asked in the order given.
                batch.Add(NewRule, Make | 0x800, family, 0, made => made.Text(1, name).Text(2, chain.Name).Nest(4, rule));
            }
        }

        return Ended(batch);
    }

    // A chain is at one interface, or at a list of them.
    private static IEnumerable<string> Devices(Dictionary<int, byte[]> hook) =>
        hook.TryGetValue(3, out var one) ? [Text(one)]
        : hook.TryGetValue(4, out var several) ? NetlinkSocket.AttributeList(several).Select(device => Text(device.Value))
        : [];

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes).TrimEnd('\0');
}
