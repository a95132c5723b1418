using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>Drops a share of the packets that are hit, each by its own lot or in runs.</summary>
internal sealed class NetworkLoss : ShapedFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-loss",
        Family = "network",
        Summary = "Drops a share of the packets of a host or a network namespace, or of some peers.",
        Mechanism = "A table of nf_tables of the injection's own, over netlink, that draws a number for each packet. With a correlation: netem on an intermediate device (ifb), where the kernel has it; else a queue of netfilter (NFQUEUE, with bypass).",
        Ending = Ends,
        Cannot = "Packets that are forwarded are not hit, except by netem. A packet that is dropped as it leaves is an error to some senders (EPERM); dropped as it arrives, or by netem, it is lost as on a wire.",
        Parameters =
        [
            new("percent", ParameterType.Share, "The share that is lost.") { Short = 'p', Min = 1, Max = 1_000_000, IsRequired = true },
            new("correlation", ParameterType.Share, "How often a packet fares like the one before, so that losses come in runs; the share stays the same.") { Max = 990_000, Default = "0" },
            .. Filters("out"),
        ],
    };

    protected override FaultRequest Tried { get; } = new("tried", "network-loss", new Dictionary<string, string> { ["percent"] = "1", ["correlation"] = "1" });

    protected override Way? Alone(FaultRequest request) =>
        request.Millionths("correlation") > 0 ? null : new Way("nf_tables: drop by a random number for each packet, in a table of its own.") { IsBest = true };

    protected override Discipline Shape(FaultRequest request, uint packetBytesMax) => Discipline.Netem(Of(request));

    protected override PacketFate Fate(FaultRequest request, int seed) => new Losing(Of(request), seed);

    protected override IDisposable PutOnRules(FaultRequest request, UndoData undo) => PacketTable.Make(undo["table"], Rules(request, rule =>
    {
        PacketMatch.Lot(rule, (uint)request.Millionths("percent"));
        PacketMatch.Verdict(rule, Drop);
    })).Socket;

    private static Emulation Of(FaultRequest request) => new() { Loss = request.Share("percent"), LossCorrelation = request.Share("correlation") };
}
