using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>Drops every packet that is hit.</summary>
internal sealed class NetworkPartition : NetworkFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-partition",
        Family = "network",
        Summary = "Drops every packet of a host or a network namespace, or of some peers.",
        Mechanism = "A table of nf_tables of the injection's own, over netlink, for IPv4 and IPv6 together; owned by the keeper's socket.",
        Ending = "Dies with its keeper: the kernel removes an owned table when the socket is closed (5.12 and newer); on older kernels the table is removed by recovery.",
        Cannot = "Packets that are forwarded (a router, a bridge of containers) are not hit: name the namespace of the target. Without filters it cuts off whoever works on the host through the network.",
        Parameters = Filters("both"),
        Aliases = ["network-blackhole"],
    };

    protected override string Mechanism(FaultRequest request) => "nf_tables: drop, in a table of its own.";

    protected override IDisposable PutOn(FaultRequest request, UndoData undo) =>
        PacketTable.Make(undo["table"], Rules(request, rule => PacketMatch.Verdict(rule, Drop))).Socket;
}
