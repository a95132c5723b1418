using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>
/// The way by which packets come under a queueing discipline without anybody's own being touched: an intermediate device (ifb) with the discipline on it, and rules at the interfaces that lead
/// packets there. From there they come back and go on through whatever the interface has. The rules are owned by the keeper's socket; without them nothing goes that way.
/// </summary>
internal sealed class Detour : IDisposable
{
    /// <summary>How long the end waits for packets that are held back; those that are held back for longer are lost.</summary>
    private static readonly TimeSpan DrainBudget = TimeSpan.FromSeconds(1);

    private const int PauseMs = 5;
    private const int NewNetwork = 0x40000000;

    private readonly string _device;
    private readonly int _number;
    private readonly Links _links;
    private readonly NetlinkSocket _rules;

    // Both sockets belong to the network namespace of the thread that opened them, and the end comes on another.
    private Detour(string device, int number, Links links, NetlinkSocket rules) => (_device, _number, _links, _rules) = (device, number, links, rules);

    /// <summary>Of an injection: derived from its uid, as short as the kernel wants it.</summary>
    /// <remarks>By a sum of its own (FNV-1a): the runtime's need a library of the host that not every host has.</remarks>
    public static string DeviceOf(string uid) => Links.Prefix + uid.Aggregate(0xCBF29CE484222325, (sum, letter) => unchecked((sum ^ letter) * 0x100000001B3)).ToString("x16", CultureInfo.InvariantCulture)[..11];

    /// <summary>Why packets of these interfaces cannot be led away, in a few words; null when they can. A packet that comes back is not shown to rules at the interface again, so where there are any it is left alone.</summary>
    /// <exception cref="HostException">It cannot be seen.</exception>
    public static string? Obstacle(IReadOnlyList<string> devices, IReadOnlyList<bool> directions)
    {
        foreach (var (device, hook) in PacketTable.AtInterfaces())
        {
            if (devices.Contains(device) && directions.Contains(hook == 0))
            {
                return $"{device} has rules of nf_tables of its own";
            }
        }

        using var links = new Links();
        foreach (var link in NetworkLink.All().Where(link => devices.Contains(link.Name)))
        {
            if (links.Disciplines(link.Index).Any(discipline => discipline.Kind is "clsact" or "ingress") || Libc.HasPrograms(link.Index))
            {
                return $"{link.Name} has traffic control or programs of its own at its ends";
            }
        }

        return null;
    }

    /// <summary>Whether this kernel has all that it takes, tried in a network namespace that is made for it and gone afterwards.</summary>
    /// <returns>Null, or what is missing.</returns>
    public static string? Missing(Discipline discipline)
    {
        string? missing = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Libc.Unshare(NewNetwork) != 0)
                {
                    throw new HostException("A network namespace could not be made", Errno.Last);
                }

                Make("try", "crater_try", discipline, ["lo"], [new PacketMatch(false, "", 0, null, null, 0, 0), new PacketMatch(true, "", 0, null, null, 0, 0)], []).Dispose();
            }
            catch (HostException e)
            {
                missing = e.Message;
            }
        });
        thread.Start();
        thread.Join();
        return missing;
    }

    /// <param name="uid">Of the injection, for those who find the device.</param>
    /// <param name="devices">Interfaces whose packets are led away.</param>
    /// <param name="matches">Which packets.</param>
    /// <param name="spared">Packets that are left alone all the same.</param>
    /// <exception cref="HostException">The kernel has not what it takes, or does not permit it.</exception>
    public static Detour Make(string uid, string table, Discipline discipline, IReadOnlyList<string> devices, IReadOnlyList<PacketMatch> matches, IReadOnlyList<PacketMatch> spared)
    {
        var (device, links) = (DeviceOf(uid), new Links());
        try
        {
            var number = links.MakeIntermediate(device, $"crater {uid}", discipline);
            var chains = from isIncoming in new[] { false, true }
                         where matches.Any(match => match.IsIncoming == isIncoming)
                         from name in devices
                         select new PacketChain($"{(isIncoming ? "in" : "out")}-{name}", isIncoming ? 0u : 1u /* NF_NETDEV_INGRESS, _EGRESS */, name,
                         [
                             .. from match in spared where match.IsIncoming == isIncoming from at in match.AtInterface() select (Action<NetlinkMessage>)(rule => { at(rule); PacketMatch.Verdict(rule, 1 /* accept */); }),
                             .. from match in matches where match.IsIncoming == isIncoming from at in match.AtInterface() select (Action<NetlinkMessage>)(rule => { at(rule); PacketMatch.Forward(rule, number); }),
                         ]);
            return new Detour(device, number, links, PacketTable.Make(PacketTable.Netdev, table, [.. chains]).Socket);
        }
        catch
        {
            links.Remove(device);
            links.Dispose();
            throw;
        }
    }

    /// <summary>The rules go first; then what is held back has a moment to come back.</summary>
    public void Dispose()
    {
        _rules.Dispose();
        try
        {
            Drain();
            _links.Remove(_device);
        }
        catch (HostException)
        {
            // Recovery comes next, tries again, and says what is left.
        }

        _links.Dispose();
    }

    private unsafe void Drain()
    {
        var began = TimeProvider.System.GetTimestamp();
        do
        {
            // Once more than the count says: the last one is between the discipline and the interface.
            _ = Libc.Poll(null, 0, PauseMs);
        }
        while (_links.Waiting(_number) > 0 && TimeProvider.System.GetElapsedTime(began) < DrainBudget);
    }
}
