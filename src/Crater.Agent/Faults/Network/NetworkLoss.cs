using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>Drops a share of the packets that are hit, each by its own lot.</summary>
internal sealed class NetworkLoss : NetworkFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-loss",
        Family = "network",
        Summary = "Drops a share of the packets of a host or a network namespace, or of some peers.",
        Mechanism = "A table of nf_tables of the injection's own, over netlink, that draws a number for each packet; owned by the keeper's socket.",
        Ending = "Dies with its keeper: the kernel removes an owned table when the socket is closed (5.12 and newer); on older kernels the table is removed by recovery.",
        Cannot = "Packets that are forwarded are not hit. A packet that is dropped as it leaves is an error to some senders (EPERM); dropped as it arrives, it is lost as on a wire.",
        Parameters = [new("percent", ParameterType.Integer, "The share that is lost.") { Short = 'p', Unit = "percent", Min = 1, Max = 100, IsRequired = true }, .. Filters("out")],
    };

    protected override string Mechanism(FaultRequest request) => "nf_tables: drop by a random number for each packet, in a table of its own.";

    protected override IDisposable PutOn(FaultRequest request, UndoData undo) => PacketTable.Make(undo["table"], Rules(request, rule =>
    {
        PacketMatch.Lot(rule, (uint)request.Number("percent") * 10_000);
        PacketMatch.Verdict(rule, Drop);
    })).Socket;
}
