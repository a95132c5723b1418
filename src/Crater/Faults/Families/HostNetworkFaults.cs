using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the packets of a host or of a container on it, done by its craterd.</summary>
internal static class HostNetworkFaults
{
    private static readonly IReadOnlyList<FaultParameter> Match =
    [
        Text("dst-ip", "Only packets to these addresses, of IPv4 or IPv6, with a prefix or without, parted by commas; those that arrive: from them."),
        Text("src-ip", "Only packets from these addresses; those that arrive: to them."),
        Text("dst-port", "Only packets to these ports, parted by commas; those that arrive: from them."),
        Text("src-port", "Only packets from these ports; those that arrive: to them."),
        new() { Name = "protocol", Type = ParameterType.Choice, Summary = "Only packets of this protocol.", Choices = ["all", "tcp", "udp", "icmp"], Default = "all" },
        Text("exclude-ip", "Packets to and from these addresses are left alone. Name craterctl's own where it is among those that would be hit: else its lease runs out."),
        Text("interface", "Only packets of this interface."),
        Namespace,
        new() { Name = "mode", Type = ParameterType.Choice, Summary = "normal: the packets that the filters name; exclude: all packets of the direction but these.", Choices = ["normal", "exclude"], Default = "normal" },
    ];

    public static IReadOnlyList<FaultDefinition> All { get; } = [Delay(), Loss(), Partition(), Corrupt(), Duplicate(), Reorder(), Bandwidth()];

    /// <summary>Of a host; a container has its own, and takes no other.</summary>
    internal static FaultParameter Namespace => Text("netns", "In the network namespace of this file, such as /run/netns/NAME; left out: in that of craterd. Not for a container, which has its own.");

    private static FaultParameter Percent(string summary) => new() { Name = "percent", Type = ParameterType.Number, Summary = summary, Unit = "percent", Min = ">0", Max = "100", Required = true };

    private static FaultParameter Correlation(string summary) =>
        new() { Name = "correlation", Type = ParameterType.Number, Summary = summary, Unit = "percent", Min = "0", Max = "99", Default = "0" };

    internal static FaultParameter Text(string name, string summary) => new() { Name = name, Type = ParameterType.Text, Summary = summary };

    private static FaultDefinition Packets(string name, string summary, RiskLevel risk, string mechanism, string direction, IReadOnlyList<FaultParameter> own, string options) => new()
    {
        Name = name,
        Family = "network",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Host, TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = mechanism,
        Ending = Ending.DiesWithHolder,
        Fingerprint = "Whether the injection has a table of packet rules in the network namespace.",
        ResidueCheck = "There is no table of the injection's.",
        Parameters =
        [
            .. own,
            new() { Name = "direction", Type = ParameterType.Choice, Summary = "Packets that leave, that arrive, or both.", Choices = ["out", "in", "both"], Default = direction },
            .. Match,
        ],
        ByHand = $"ssh {{host}} craterd inject {name} --container={{container}} {options}--direction {{direction}} --dst-port={{dst-port}} --src-port={{src-port}} --dst-ip={{dst-ip}} -t {{duration}}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Delay() => Packets(
        "network-delay", "Delays the packets of a host, or of some peers.", RiskLevel.Low,
        "netem on an intermediate device (ifb), where the kernel has it; else a table of nf_tables of the injection's own leads packets to craterd's keeper, which lets each go when its time has come, and packets that are forwarded are not hit. Gone with the keeper.", "out",
        [
            new() { Name = "latency", Type = ParameterType.Duration, Summary = "How much later a packet goes on.", Min = "1ms", Max = "60s", Required = true, Aliases = ["delay"] },
            new() { Name = "jitter", Type = ParameterType.Duration, Summary = "How much that varies to both sides, evenly.", Min = "0s", Max = "60s", Default = "0s" },
            Correlation("How far the variation of a packet follows that of the one before."),
        ],
        "--latency {latency} --jitter {jitter} ") with
    {
        Aliases = ["network-latency", "net-delay", "add-latency"],
        Intensity = new Intensity("latency", 0.2, "s"),
    };

    private static FaultDefinition Loss() => Packets(
        "network-loss", "Drops a share of the packets of a host, or of some peers.", RiskLevel.Medium,
        "A table of nf_tables of the injection's own, owned by the keeper's socket, that draws a number for each packet; packets that are forwarded are not hit. With a correlation: netem or a queue, as of network-delay.", "out",
        [Percent("The share that is lost."), Correlation("How often a packet fares like the one before, so that losses come in runs; the share stays the same.")],
        "--percent {percent} ") with
    {
        Aliases = ["packet-loss"],
        Intensity = new Intensity("percent", 50, "percent"),
    };

    private static FaultDefinition Partition() => Packets(
        "network-partition", "Drops every packet of a host, or of some peers.", RiskLevel.High,
        "A table of nf_tables of the injection's own, for IPv4 and IPv6 together, owned by the keeper's socket. Without filters it cuts craterctl off from a host as well, and the fault ends with its lease. Packets that are forwarded are not hit.", "both", [], "") with
    {
        Aliases = ["network-blackhole", "partition"],
    };

    private static FaultDefinition Corrupt() => Packets(
        "network-corrupt", "Flips one bit in a share of the packets. Checksums find it, so most receivers see a loss.", RiskLevel.Medium,
        Shaped("for the packets drawn, in which it flips a bit behind the IP header"), "out", [Percent("The share that is corrupted.")], "--percent {percent} ") with
    {
        Aliases = ["network-corruption"],
        Intensity = new Intensity("percent", 20, "percent"),
    };

    private static FaultDefinition Duplicate() => Packets(
        "network-duplicate", "Sends a share of the packets twice.", RiskLevel.Low,
        "netem on an intermediate device (ifb), where the kernel has it; else nf_tables sends a copy of each packet drawn (dup), and packets that arrive are not hit. Gone with the keeper.", "out",
        [Percent("The share that is sent twice.")], "--percent {percent} ") with
    {
        Aliases = ["network-duplication"],
        Intensity = new Intensity("percent", 50, "percent"),
    };

    private static FaultDefinition Reorder() => Packets(
        "network-reorder", "Brings packets out of their order: they are held back, and some overtake.", RiskLevel.Low,
        Shaped("which lets them go by the same rule") + " Where packets are further apart than the latency, nothing overtakes.", "out",
        [
            new() { Name = "latency", Type = ParameterType.Duration, Summary = "How long the others are held back.", Min = "1ms", Max = "60s", Default = "1s", Aliases = ["delay"] },
            new() { Name = "gap", Type = ParameterType.Integer, Summary = "Of so many packets one may overtake.", Unit = "packets", Min = "1", Max = "1000000", Default = "3" },
            new() { Name = "percent", Type = ParameterType.Number, Summary = "How often one that may overtake does.", Unit = "percent", Min = ">0", Max = "100", Default = "100" },
        ],
        "--latency {latency} --gap {gap} --percent {percent} ");

    private static FaultDefinition Bandwidth() => Packets(
        "network-bandwidth", "Limits how much passes in a second, altogether or with some peers.", RiskLevel.Low,
        "A token bucket (tbf) on an intermediate device (ifb), where the kernel has both; else a queue to craterd's keeper, in which each packet takes its turn. Headers count; what would wait for more than 400 ms is dropped. Gone with the keeper.", "out",
        [new() { Name = "rate", Type = ParameterType.BitRate, Summary = "How much passes in a second, in both directions together where both are hit.", Unit = "bit/s", Min = "8kbit", Max = "100gbit", Required = true, Aliases = ["bandwidth", "limit"] }],
        "--rate {rate}bit ") with
    {
        Aliases = ["network-limit", "network-rate", "network-rate-limit", "bandwidth-limit"],
    };

    private static string Shaped(string queue) =>
        $"netem on an intermediate device (ifb), where the kernel has it; else a queue to craterd's keeper, {queue}, and packets that are forwarded are not hit. Gone with the keeper.";
}
