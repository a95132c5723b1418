using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the packets of a host, done by its craterd.</summary>
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
        Text("netns", "In the network namespace of this file, such as /run/netns/NAME; left out: in that of craterd."),
    ];

    public static IReadOnlyList<FaultDefinition> All { get; } = [Delay(), Loss(), Partition()];

    private static FaultParameter Text(string name, string summary) => new() { Name = name, Type = ParameterType.Text, Summary = summary };

    private static FaultDefinition Packets(string name, string summary, RiskLevel risk, string mechanism, string direction, IReadOnlyList<FaultParameter> own, string options) => new()
    {
        Name = name,
        Family = "network",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Host],
        Drivers = ["agent"],
        Mechanism = mechanism + " Packets that are forwarded are not hit.",
        Ending = Ending.DiesWithHolder,
        Fingerprint = "Whether the injection has a table of packet rules in the network namespace.",
        ResidueCheck = "There is no table of the injection's.",
        Parameters =
        [
            .. own,
            new() { Name = "direction", Type = ParameterType.Choice, Summary = "Packets that leave, that arrive, or both.", Choices = ["out", "in", "both"], Default = direction },
            .. Match,
        ],
        ByHand = $"ssh {{host}} craterd inject {name} {options}--direction {{direction}} --dst-port={{dst-port}} --src-port={{src-port}} --dst-ip={{dst-ip}} -t {{duration}}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Delay() => Packets(
        "network-delay", "Delays the packets of a host, or of some peers.", RiskLevel.Low,
        "A table of nf_tables of the injection's own leads packets to craterd's keeper, which lets each go when its time has come; gone with the keeper.", "out",
        [
            new() { Name = "latency", Type = ParameterType.Duration, Summary = "How much later a packet goes on.", Min = "1ms", Max = "60s", Required = true, Aliases = ["delay"] },
            new() { Name = "jitter", Type = ParameterType.Duration, Summary = "How much that varies to both sides, evenly.", Min = "0s", Max = "60s", Default = "0s" },
        ],
        "--latency {latency} --jitter {jitter} ") with
    {
        Aliases = ["network-latency", "net-delay", "add-latency"],
        Intensity = new Intensity("latency", 0.2, "s"),
    };

    private static FaultDefinition Loss() => Packets(
        "network-loss", "Drops a share of the packets of a host, or of some peers.", RiskLevel.Medium,
        "A table of nf_tables of the injection's own, owned by the keeper's socket, that draws a number for each packet.", "out",
        [new() { Name = "percent", Type = ParameterType.Number, Summary = "The share that is lost.", Unit = "percent", Min = ">0", Max = "100", Required = true }],
        "--percent {percent} ") with
    {
        Aliases = ["packet-loss"],
        Intensity = new Intensity("percent", 50, "percent"),
    };

    private static FaultDefinition Partition() => Packets(
        "network-partition", "Drops every packet of a host, or of some peers.", RiskLevel.High,
        "A table of nf_tables of the injection's own, for IPv4 and IPv6 together, owned by the keeper's socket. Without filters it cuts craterctl off as well, and the fault ends with its lease.", "both", [], "") with
    {
        Aliases = ["network-blackhole", "partition"],
    };
}
