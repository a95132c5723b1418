using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>What the faults of packets share: where, which packets, and a table of nf_tables of their own.</summary>
internal abstract class NetworkFault : HostFault
{
    /// <summary>Lists multiply; more rules than this would slow every packet of the host down by themselves.</summary>
    private const int RulesMax = 1024;

    protected const uint Drop = 0;

    /// <summary>Parameters that every one of them has.</summary>
    protected static IReadOnlyList<FaultParameter> Filters(string direction) =>
    [
        new("netns", ParameterType.Path, "In the network namespace of this file, such as /run/netns/NAME; not together with a place."),
        new("interface", ParameterType.Text, "Only packets of this interface.") { Short = 'i' },
        new("direction", ParameterType.Choice, "Packets that leave, that arrive, or both.") { Short = 'd', Choices = ["out", "in", "both"], Default = direction },
        new("dst-ip", ParameterType.Text, "Only packets to these addresses, of IPv4 or IPv6, with a prefix or without, parted by commas; those that arrive: from them."),
        new("src-ip", ParameterType.Text, "Only packets from these addresses; those that arrive: to them."),
        new("dst-port", ParameterType.Text, "Only packets to these ports, parted by commas; those that arrive: from them."),
        new("src-port", ParameterType.Text, "Only packets from these ports; those that arrive: to them."),
        new("protocol", ParameterType.Choice, "Only packets of this protocol.") { Choices = ["all", "tcp", "udp", "icmp"], Default = "all" },
        new("exclude-ip", ParameterType.Text, "Packets to and from these addresses are left alone."),
        new("mode", ParameterType.Choice, "normal: the packets that the filters name; exclude: all packets of the direction but these.") { Short = 'm', Choices = ["normal", "exclude"], Default = "normal" },
        new("force", ParameterType.Flag, "Understood for ChaosMeta's scripts; nothing of the host's is ever in the way, so it changes nothing.") { Short = 'f', Default = "false" },
    ];

    public override bool TakesPlace => true;

    public override string Capability => "CAP_NET_ADMIN, and CAP_SYS_ADMIN for another network namespace";

    /// <summary>Asks the kernel for a table that does not exist: who may ask and gets the answer may also make one.</summary>
    public override string Check()
    {
        try
        {
            _ = PacketTable.IsThere("crater_check");
            return Description.Mechanism;
        }
        catch (HostException e)
        {
            throw NotHere("/proc/self/ns/net", e);
        }
    }

    public override Preparation Prepare(FaultRequest request)
    {
        if (request.Has("netns") && request.Place is not null)
        {
            throw new AgentException("CRT5616", ExitCodes.Usage, $"{request.Place.Asked} and --netns are given; a fault has one place. Keep one.");
        }

        var given = Given(request);
        var undo = new Dictionary<string, string> { ["table"] = "crater_" + request.Uid, ["families"] = Families(PacketTable.Inet), ["given"] = request.Has("netns") ? given : "" };
        try
        {
            undo["netns"] = NetworkNamespace.Identity(given);
            _ = NetworkNamespace.Inside(given, () => PacketTable.IsThere(undo["table"]));
        }
        catch (HostException e)
        {
            throw NotHere(given, e);
        }

        return new Preparation(undo, Examine(request, given, undo), Mechanism(request));
    }

    /// <summary>The kinds of table that an injection has, as the undo data keeps them.</summary>
    protected static string Families(params IEnumerable<byte> families) => string.Join(',', families);

    private static IEnumerable<byte> Families(UndoData undo) => undo["families"].Split(',').Select(byte.Parse);

    /// <summary>Of the injection, wherever it has to be told from others by a number.</summary>
    protected static int Seed(string uid) => uid.Aggregate(17, (seed, letter) => unchecked((seed * 31) + letter));

    /// <summary>The network namespace that was meant.</summary>
    protected static string Given(FaultRequest request) => request.Has("netns") ? request.Text("netns") : request.Place?.NetworkPath ?? "/proc/self/ns/net";

    public override IDisposable? Inject(FaultRequest request, UndoData undo) => NetworkNamespace.Inside(Entry(undo)
        ?? throw new AgentException("CRT5602", ExitCodes.NotInjected, "The network namespace is gone; its last process ended."), () =>
        {
            // Rules go by the name, and meanwhile another interface may have taken it.
            if (request.Has("interface") && Usable(request.Text("interface"), ExitCodes.NotInjected) != undo.Number("interface"))
            {
                throw new AgentException("CRT5605", ExitCodes.NotInjected, $"{request.Text("interface")} is another interface than it was a moment ago. Inject again.");
            }

            return PutOn(request, undo);
        });

    public override Presence Look(UndoData undo) =>
        Entry(undo) is { } place && NetworkNamespace.Inside(place, () => Families(undo).Any(family => PacketTable.IsThere(undo["table"], family))) ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (Entry(undo) is { } place)
        {
            NetworkNamespace.Inside(place, () =>
            {
                foreach (var family in Families(undo))
                {
                    PacketTable.Remove(undo["table"], family);
                }

                return true;
            });
        }
    }

    public override bool IsTargetGone(UndoData undo) => Entry(undo) is null;

    public override string Fingerprint(UndoData undo) => $"table={(Look(undo) == Presence.Absent ? "absent" : "there")} {undo["netns"]}";

    public override string LookWith(UndoData undo) => $"nsenter --net={Entry(undo) ?? "/proc/self/ns/net"} nft list tables";

    /// <summary>What will be done, in one sentence.</summary>
    protected abstract string Mechanism(FaultRequest request);

    /// <summary>Makes the table, inside the namespace.</summary>
    /// <returns>What the keeper has to hold.</returns>
    protected abstract IDisposable PutOn(FaultRequest request, UndoData undo);

    /// <summary>Looks whether it makes sense there, before anything is touched.</summary>
    /// <param name="place">Path of the network namespace.</param>
    /// <param name="undo">What recovery needs beside the namespace and the table is added to it.</param>
    /// <returns>Claims.</returns>
    /// <exception cref="AgentException">It makes no sense.</exception>
    protected virtual IReadOnlyList<string> Examine(FaultRequest request, string place, Dictionary<string, string> undo)
    {
        if (request.Has("interface"))
        {
            undo["interface"] = NetworkNamespace.Inside(place, () => Usable(request.Text("interface"), ExitCodes.Host)).ToString(CultureInfo.InvariantCulture);
        }

        _ = Matches(request);
        return [];
    }

    /// <summary>Rules for every packet that is hit, ending with <paramref name="then"/>; those that are left alone come first.</summary>
    protected static IReadOnlyList<(bool IsIncoming, Action<NetlinkMessage> Write)> Rules(FaultRequest request, Action<NetlinkMessage> then) =>
    [
        .. Spared(request).Select(match => (match.IsIncoming, (Action<NetlinkMessage>)(rule => { match.Write(rule); PacketMatch.Verdict(rule, 1 /* accept */); }))),
        .. Hit(request).Select(match => (match.IsIncoming, (Action<NetlinkMessage>)(rule => { match.Write(rule); then(rule); }))),
    ];

    /// <summary>Packets that are left alone, whatever else is said of them.</summary>
    protected static IReadOnlyList<PacketMatch> Spared(FaultRequest request) =>
    [
        .. from range in Addresses(request, "exclude-ip")
           from isIncoming in new[] { false, true }
           select new PacketMatch(isIncoming, "", 0, isIncoming ? range : null, isIncoming ? null : range, 0, 0),
        .. request.Text("mode") == "exclude" ? Matches(request) : [],
    ];

    /// <summary>Packets that are hit unless they are spared.</summary>
    protected static IReadOnlyList<PacketMatch> Hit(FaultRequest request) => request.Text("mode") == "exclude"
        ? [.. Directions(request).Select(isIncoming => new PacketMatch(isIncoming, request.Text("interface"), 0, null, null, 0, 0))]
        : Matches(request);

    /// <summary>False for packets that leave, true for those that arrive.</summary>
    protected static IReadOnlyList<bool> Directions(FaultRequest request) => request.Text("direction") switch { "out" => [false], "in" => [true], _ => [false, true] };

    /// <exception cref="AgentException">CRT5603, CRT5604: a filter is not what it should be, or they are too many.</exception>
    private static List<PacketMatch> Matches(FaultRequest request)
    {
        IReadOnlyList<AddressRange?> sources = [.. Addresses(request, "src-ip").DefaultIfEmpty()];
        IReadOnlyList<AddressRange?> targets = [.. Addresses(request, "dst-ip").DefaultIfEmpty()];
        var (sourcePorts, targetPorts) = (Numbers(request, "src-port"), Numbers(request, "dst-port"));
        var hasPorts = request.Has("src-port") || request.Has("dst-port");
        byte[] transports = (request.Text("protocol"), hasPorts) switch { ("tcp", _) => [6], ("udp", _) => [17], ("icmp", _) => [1, 58], (_, true) => [6, 17], _ => [0] };
        var matches = (from isIncoming in Directions(request)
                       from transport in transports
                       from source in sources
                       from target in targets
                       where source is null || target is null || source.IsFour == target.IsFour
                       from sourcePort in sourcePorts
                       from targetPort in targetPorts
                       select isIncoming
                           ? new PacketMatch(true, request.Text("interface"), transport, target, source, targetPort, sourcePort)
                           : new PacketMatch(false, request.Text("interface"), transport, source, target, sourcePort, targetPort)).ToList();
        return matches.Count is > 0 and <= RulesMax ? matches : throw new AgentException("CRT5604", ExitCodes.Usage,
            $"These filters come to {matches.Count} rules, and from 1 to {RulesMax} are possible. Shorten the lists, or use prefixes.");
    }

    private static IReadOnlyList<AddressRange> Addresses(FaultRequest request, string parameter) => AddressRange.ParseAll(request.Text(parameter))
        ?? throw new AgentException("CRT5603", ExitCodes.Usage, $"'{request.Text(parameter)}' is no value of --{parameter}; write addresses such as 10.0.0.0/8,fd00::/8.");

    private static IReadOnlyList<ushort> Numbers(FaultRequest request, string parameter) => !request.Has(parameter) ? [0]
        : [.. request.Text(parameter).Split(',', StringSplitOptions.TrimEntries).Select(text =>
            ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port
            : throw new AgentException("CRT5603", ExitCodes.Usage, $"'{request.Text(parameter)}' is no value of --{parameter}; write ports such as 80,443."))];

    /// <summary>The number of an interface of the namespace of this thread.</summary>
    /// <exception cref="AgentException">CRT5605: there is none of that name; CRT5751: it is down, and no packet would meet the fault.</exception>
    private static long Usable(string name, int exit)
    {
        var links = NetworkLink.All();
        return links.FirstOrDefault(link => link.Name == name) is not { } found
            ? throw new AgentException("CRT5605", exit, $"There is no interface {name} there; there is {string.Join(", ", links.Select(link => link.Name))}.")
            : found.IsUp ? found.Index
            : throw new AgentException("CRT5751", exit, $"The interface {name} is down, so no packet would meet the fault. Bring it up first: ip link set {name} up.");
    }

    private AgentException NotHere(string place, HostException e) => new(Errno.IsNoPermission(e.Error) ? "CRT5560" : "CRT5601", ExitCodes.Host,
        $"{Description.Name} cannot be done in {place}: {e.Message} It takes a kernel with nf_tables (tried by netlink), a namespace that exists, and {Capability}.");

    protected static string? Entry(UndoData undo) => NetworkNamespace.Find(undo["netns"], undo["given"]);
}
