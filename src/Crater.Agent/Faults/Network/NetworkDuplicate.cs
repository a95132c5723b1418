using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>Sends a share of the packets twice.</summary>
internal sealed class NetworkDuplicate : ShapedFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-duplicate",
        Family = "network",
        Summary = "Sends a share of the packets of a host or a network namespace, or of some peers, twice.",
        Mechanism = "netem on an intermediate device (ifb), where the kernel has it; else nf_tables sends a copy of each packet drawn (dup) to where it was going.",
        Ending = Ends,
        Cannot = "Without netem, packets that arrive and packets that are forwarded are not hit, and firewalls that follow connections see the copies as belonging to none.",
        Parameters = [new("percent", ParameterType.Share, "The share that is duplicated.") { Short = 'p', Min = 1, Max = 1_000_000, IsRequired = true }, .. Filters("out")],
    };

    protected override FaultRequest Tried { get; } = new("tried", "network-duplicate", new Dictionary<string, string> { ["percent"] = "1" });

    protected override Discipline Shape(FaultRequest request, uint packetBytesMax) => Discipline.Netem(new Emulation { Duplicate = request.Share("percent") });

    protected override bool HasFate => false;

    protected override PacketFate Fate(FaultRequest request, int seed) => throw new InvalidOperationException("A queue cannot make two packets of one.");

    protected override Way? Alone(FaultRequest request) => request.Text("direction") != "out" ? null
        : new Way("nf_tables: a copy of each packet drawn is sent to where it was going (dup), in tables of its own.") { Families = [PacketTable.Four, PacketTable.Six] };

    protected override IDisposable PutOnRules(FaultRequest request, UndoData undo)
    {
        var four = Table(PacketTable.Four, request, undo);
        try
        {
            return new Pair(four, Table(PacketTable.Six, request, undo));
        }
        catch
        {
            four.Dispose();
            throw;
        }
    }

    private static NetlinkSocket Table(byte family, FaultRequest request, UndoData undo)
    {
        var isFour = family == PacketTable.Four;
        return PacketTable.Make(family, undo["table"],
        [
            new PacketChain("out", 3 /* NF_INET_LOCAL_OUT */, "",
            [
                .. Spared(request).Where(match => !match.IsIncoming && match.MayBe(isFour)).Select(match => (Action<NetlinkMessage>)(rule => { match.Write(rule); PacketMatch.Verdict(rule, 1 /* accept */); })),
                .. Hit(request).Where(match => match.MayBe(isFour)).Select(match => (Action<NetlinkMessage>)(rule => { match.Write(rule); PacketMatch.Lot(rule, (uint)request.Millionths("percent")); PacketMatch.Duplicate(rule, isFour); })),
            ]),
        ]).Socket;
    }

    private sealed class Pair(NetlinkSocket first, NetlinkSocket second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
