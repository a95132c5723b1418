using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>
/// A table of nf_tables that belongs to one injection and to nobody else: no rule of the host's is touched, several compose, and taking it away is one step. Where the
/// kernel can (5.12), the table is owned by the socket that made it, and goes when that socket is closed, however its process ends.
/// </summary>
internal static class PacketTable
{
    private const byte Inet = 1;
    private const ushort Subsystem = 10;
    private const ushort BatchBegin = 0x10;
    private const ushort BatchEnd = 0x11;
    private const uint Owned = 2;

    private const ushort NewTable = (Subsystem << 8) | 0;
    private const ushort GetTable = (Subsystem << 8) | 1;
    private const ushort DeleteTable = (Subsystem << 8) | 2;
    private const ushort NewChain = (Subsystem << 8) | 3;
    private const ushort NewRule = (Subsystem << 8) | 6;

    /// <summary>Before everybody else's rules of filtering, so that no accept of theirs comes first.</summary>
    private const int Priority = -390;

    /// <summary>Makes the table with all its rules in one transaction.</summary>
    /// <param name="rules">Of each: whether it is for packets that arrive, and its expressions.</param>
    /// <returns>The socket that owns it, which is to be held; and whether it really owns it.</returns>
    /// <exception cref="HostException">The kernel has no nf_tables, or does not permit it.</exception>
    public static (NetlinkSocket Socket, bool IsOwned) Make(string name, IReadOnlyList<(bool IsIncoming, Action<NetlinkMessage> Write)> rules)
    {
        var socket = new NetlinkSocket();
        var error = socket.Ask(Batch(name, rules, Owned));
        var isOwned = error == 0;
        if (error is 22 /* EINVAL */ or Errno.NotSupported)
        {
            error = socket.Ask(Batch(name, rules, 0));
        }

        if (error == 0)
        {
            return (socket, isOwned);
        }

        socket.Dispose();
        throw new HostException($"The table {name} could not be made in nf_tables", error);
    }

    /// <exception cref="HostException">It cannot be seen.</exception>
    public static bool IsThere(string name)
    {
        using var socket = new NetlinkSocket();
        return socket.Ask(new NetlinkMessage().Add(GetTable, NetlinkMessage.Acknowledge, Inet, 0, table => table.Text(1, name))) switch
        {
            0 => true,
            Errno.NoEntry => false,
            var error => throw new HostException($"The table {name} cannot be looked for", error),
        };
    }

    /// <summary>Takes it away; one that is not there is as good.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Remove(string name)
    {
        using var socket = new NetlinkSocket();
        var error = socket.Ask(new NetlinkMessage()
            .Add(BatchBegin, 0, 0, Subsystem)
            .Add(DeleteTable, NetlinkMessage.Acknowledge, Inet, 0, table => table.Text(1, name))
            .Add(BatchEnd, 0, 0, Subsystem));
        if (error is not (0 or Errno.NoEntry))
        {
            throw new HostException($"The table {name} could not be removed", error);
        }
    }

    private static NetlinkMessage Batch(string name, IReadOnlyList<(bool IsIncoming, Action<NetlinkMessage> Write)> rules, uint flags)
    {
        const ushort Make = NetlinkMessage.Create | NetlinkMessage.Acknowledge;
        var batch = new NetlinkMessage().Add(BatchBegin, 0, 0, Subsystem)
            .Add(NewTable, Make, Inet, 0, table => table.Text(1, name).Number(2, flags));
        foreach (var isIncoming in new[] { false, true })
        {
            var chain = isIncoming ? "in" : "out";
            batch.Add(NewChain, Make, Inet, 0, made => made.Text(1, name).Text(3, chain).Text(7, "filter")
                .Nest(4, hook => hook.Number(1, isIncoming ? 1u : 3u /* NF_INET_LOCAL_IN, _OUT */).Number(2, unchecked((uint)Priority))));
            foreach (var rule in rules.Where(rule => rule.IsIncoming == isIncoming))
            {
                // 0x800: at the end, so that rules are asked in the order given.
                batch.Add(NewRule, Make | 0x800, Inet, 0, made => made.Text(1, name).Text(2, chain).Nest(4, rule.Write));
            }
        }

        return batch.Add(BatchEnd, 0, 0, Subsystem);
    }
}
