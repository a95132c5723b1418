using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>
/// What the faults share that do more to a packet than drop it. Where the kernel has the queueing discipline for it, packets are led there (<see cref="Detour"/>); where it has not, or where that way is
/// taken or would pass by somebody's rules, a queue of netfilter does the same (<see cref="PacketQueue"/>). The two come one after the other, so several such faults compose.
/// </summary>
internal abstract class ShapedFault : NetworkFault
{
    protected const string Ends = "Dies with its keeper: the rules that lead packets there are owned by its socket (5.12 and newer), or let pass. On recovery the rules go first, then what is held back "
        + "goes on or, after a second, is lost. An intermediate device that outlives both processes is idle, and removed by recovery.";

    private const string Device = "device";

    /// <summary>A request with which it can be tried whether the kernel has the discipline.</summary>
    protected abstract FaultRequest Tried { get; }

    /// <summary>Whether a queue can do it.</summary>
    protected virtual bool HasFate => true;

    public override bool IsOnTheWay => true;

    public override string Check() => PacketQueue.ArePossible || Detour.Missing(Shape(Tried, 1_500)) is not { } missing ? base.Check() : throw new AgentException("CRT5680", ExitCodes.Host,
        $"{Description.Name} cannot be done here. Tried: a queueing discipline of the kernel ({missing}); queues of netfilter (this kernel has none, or nfnetlink_queue is not loaded). One of the two is needed: modprobe sch_netem sch_tbf ifb, or modprobe nfnetlink_queue.");

    public override string Explain()
    {
        _ = Check();
        var discipline = Shape(Tried, 1_500);
        var alone = Alone(Tried with { Arguments = new Dictionary<string, string>(Tried.Arguments) { ["correlation"] = "0", ["direction"] = "out" } });
        var way = Detour.Missing(discipline) is not { } missing ? $"{discipline.Kind} on an intermediate device (ifb), led to by nf_tables."
            : $"{(HasFate ? "A queue of netfilter (NFQUEUE) with bypass, led to by nf_tables." : alone!.Words)} (Not {discipline.Kind}: {missing.TrimEnd('.')}.)";
        return alone is { IsBest: true } ? $"{alone.Words} With a correlation: {way}" : way;
    }

    public override Preparation Prepare(FaultRequest request)
    {
        RefuseSenseless(request);
        var preparation = base.Prepare(request);
        var given = Given(request);
        try
        {
            var way = Choose(request, given);
            var undo = new Dictionary<string, string>(preparation.Undo) { [Device] = way.IsDetour ? Detour.DeviceOf(request.Uid) : "", ["families"] = Families(way.Families) };
            return new Preparation(undo, [.. way.Claims.Select(claim => $"detour:{undo["netns"]}:{claim}")], way.Words);
        }
        catch (HostException e)
        {
            throw new AgentException("CRT5601", ExitCodes.Host, $"{Description.Name} cannot be done in {given}: {e.Message} It takes {Capability}.");
        }
    }

    public override Presence Look(UndoData undo) => base.Look(undo) == Presence.Present || IsDeviceThere(undo) ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        base.Recover(undo);
        if (IsDeviceThere(undo))
        {
            NetworkNamespace.Inside(Entry(undo)!, () =>
            {
                using var links = new Links();
                links.Remove(undo[Device]);
                return true;
            });
        }
    }

    public override string LookWith(UndoData undo) => undo[Device].Length == 0 ? base.LookWith(undo) : $"{base.LookWith(undo)}; ip link show {undo[Device]}";

    /// <exception cref="AgentException">These arguments make no sense together.</exception>
    protected virtual void RefuseSenseless(FaultRequest request)
    {
    }

    /// <summary>The discipline that does it.</summary>
    protected abstract Discipline Shape(FaultRequest request, uint packetBytesMax);

    /// <summary>What does it in a queue.</summary>
    protected abstract PacketFate Fate(FaultRequest request, int seed);

    /// <summary>The share of the packets that goes into the queue at all, in millionths.</summary>
    protected virtual uint Queued(FaultRequest request) => 1_000_000;

    /// <summary>What rules alone do of it, without a discipline and without a queue; null for nothing.</summary>
    protected virtual Way? Alone(FaultRequest request) => null;

    /// <summary>Makes the rules that do it alone.</summary>
    /// <returns>What the keeper has to hold.</returns>
    protected virtual IDisposable PutOnRules(FaultRequest request, UndoData undo) => throw new InvalidOperationException($"{Description.Name} is nothing that rules can do alone.");

    protected sealed override string Mechanism(FaultRequest request) => Description.Mechanism;

    protected sealed override IDisposable PutOn(FaultRequest request, UndoData undo)
    {
        if (undo[Device].Length > 0)
        {
            var devices = Devices(request);
            var packetBytesMax = NetworkLink.All().Where(link => devices.Contains(link.Name)).Max(link => link.PacketBytesMax);
            return Detour.Make(undo.Uid, undo["table"], Shape(request, packetBytesMax), devices, Hit(request), Spared(request));
        }

        return Alone(request) is { IsBest: true } || !HasFate ? PutOnRules(request, undo) : PutOnQueue(request, undo);
    }

    private Way Choose(FaultRequest request, string place)
    {
        var alone = Alone(request);
        if (alone is { IsBest: true })
        {
            return alone;
        }

        var devices = NetworkNamespace.Inside(place, () => Devices(request));
        var discipline = Shape(request, 1_500);
        var obstacle = NetworkNamespace.Inside(place, () => Detour.Obstacle(devices, Directions(request))) ?? Detour.Missing(discipline);
        if (obstacle is null)
        {
            return new Way($"{discipline.Kind} on an intermediate device (ifb), led to by nf_tables at {string.Join(", ", devices)}; nobody's own discipline is touched.")
            {
                IsDetour = true,
                Families = [PacketTable.Netdev],
                // The ends of interfaces at which packets are taken: one injection has each at a time.
                Claims = [.. devices.SelectMany(device => Directions(request).Select(isIncoming => $"{device}:{(isIncoming ? "in" : "out")}"))],
            };
        }

        var tried = $"(Not {discipline.Kind}: {obstacle.TrimEnd('.')}.)";
        return HasFate && PacketQueue.ArePossible ? new Way($"A queue of netfilter (NFQUEUE) with bypass, led to by nf_tables, in a table of its own. {tried}")
            : alone is not null ? alone with { Words = $"{alone.Words} {tried}" }
            : throw new AgentException("CRT5680", ExitCodes.Host,
                $"{Description.Name} cannot be done here with these options. Tried: {discipline.Kind} ({obstacle.TrimEnd('.')}){(HasFate ? ", and queues of netfilter (this kernel has none, or nfnetlink_queue is not loaded)" : "")}. There is no other way for it here.");
    }

    private RuledQueue PutOnQueue(FaultRequest request, UndoData undo) => RuledQueue.Make(Fate(request, Seed(undo.Uid)), Seed(undo.Uid), then => PacketTable.Make(undo["table"], Rules(request, rule =>
    {
        PacketMatch.Lot(rule, Queued(request));
        then(rule);
    })).Socket);

    private static IReadOnlyList<string> Devices(FaultRequest request) => request.Has("interface") ? [request.Text("interface")]
        : [.. NetworkLink.All().Where(link => link.IsUp && !link.Name.StartsWith(Links.Prefix, StringComparison.Ordinal)).Select(link => link.Name)];

    private static bool IsDeviceThere(UndoData undo) =>
        undo[Device].Length > 0 && Entry(undo) is { } place && NetworkNamespace.Inside(place, () => NetworkLink.All().Any(link => link.Name == undo[Device]));

    /// <summary>How it will be done.</summary>
    /// <param name="Words">As a sentence, for the result.</param>
    protected sealed record Way(string Words)
    {
        /// <summary>Nothing else is tried before.</summary>
        public bool IsBest { get; init; }

        public bool IsDetour { get; init; }

        /// <summary>The kinds of its tables.</summary>
        public IReadOnlyList<byte> Families { get; init; } = [PacketTable.Inet];

        public IReadOnlyList<string> Claims { get; init; } = [];
    }
}
