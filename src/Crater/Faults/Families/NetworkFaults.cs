using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the traffic between pods.</summary>
internal static class NetworkFaults
{
    private const string Enter =
        "kubectl debug node/{node} --image=nicolaka/netshoot --profile=sysadmin -- sh -c 'nsenter -t $(chroot /host crictl inspect -o go-template --template \"{{.info.pid}}\" "
        + "$(chroot /host crictl ps -q --label io.kubernetes.pod.name={target})) -n ";

    private const string UndoNetem = Enter + "tc qdisc del dev eth0 root'";

    private static readonly FaultParameter Direction = new()
    {
        Name = "direction",
        Type = ParameterType.Choice,
        Summary = "Which connections are hit: those to the pod (in), those it opens (out), or both.",
        Choices = ["in", "out", "both"],
        Default = "both",
    };

    private static readonly FaultParameter Peers = new()
    {
        Name = "peers",
        Type = ParameterType.Labels,
        Summary = "Only traffic with the pods that this label selector finds in the same namespace; left out: with everyone.",
        Aliases = ["to", "target-peers"],
    };

    public static IReadOnlyList<FaultDefinition> All { get; } = [Delay(), Loss(), Bandwidth(), Partition()];

    private static FaultDefinition Define(FaultDefinition own) => own with
    {
        Parameters = [.. own.Parameters, Direction, Peers],
    };

    private static FaultDefinition Network(string name, string summary, RiskLevel risk, string mechanism, string byHand, string undo) => new()
    {
        Name = name,
        Family = "network",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Pod],
        Drivers = ["lab"],
        Mechanism = mechanism,
        Ending = Ending.DiesWithHolder,
        Fingerprint = "The rules on the pod's edges (none of this injection) and the ready count of its owner.",
        ResidueCheck = "No rule of the injection is listed on any edge of the pod.",
        ByHand = byHand,
        UndoByHand = undo,
    };

    private static FaultDefinition Delay() => Define(Network(
        "network-delay", "Delays the traffic of the pod.", RiskLevel.Low,
        "The proxy on each edge of the pod holds the bytes of a connection back by the delay, in each direction that is hit; the jitter is drawn evenly around it.",
        Enter + "tc qdisc add dev eth0 root netem delay {delay:ms} {jitter:ms}'", UndoNetem) with
    {
        Parameters =
        [
            new() { Name = "delay", Type = ParameterType.Duration, Summary = "How much later the bytes arrive.", Min = "1ms", Max = "60s", Required = true, Aliases = ["latency"] },
            new() { Name = "jitter", Type = ParameterType.Duration, Summary = "How much the delay varies to both sides.", Min = "0s", Max = "60s", Default = "0s" },
        ],
        Aliases = ["pod-network-latency", "network-latency", "pod-network-delay", "net-delay", "add-latency"],
        Intensity = new Intensity("delay", 0.2, "s"),
    });

    private static FaultDefinition Loss() => Define(Network(
        "network-loss", "Loses a share of the traffic of the pod.", RiskLevel.Medium,
        "The proxy on each edge of the pod draws by lot which transfers are lost: in the given share a connection stalls for the retransmission time or is reset, as lost packets look to a program.",
        Enter + "tc qdisc add dev eth0 root netem loss {loss:percent}'", UndoNetem) with
    {
        Parameters =
        [
            new() { Name = "loss", Type = ParameterType.Ratio, Summary = "The share that is lost.", Unit = "share", Min = ">0", Max = "1", Required = true, Aliases = ["loss-share", "packet-loss"] },
        ],
        Aliases = ["pod-network-loss", "packet-loss"],
        Intensity = new Intensity("loss", 0.5, "share"),
    });

    private static FaultDefinition Bandwidth() => Define(Network(
        "network-bandwidth", "Limits how fast the pod can send and receive.", RiskLevel.Low,
        "The proxy on each edge of the pod passes no more bits per second than the rate, counted per edge and direction.",
        Enter + "tc qdisc add dev eth0 root tbf rate {rate}bit burst 32kbit latency 400ms'", UndoNetem) with
    {
        Parameters =
        [
            new() { Name = "rate", Type = ParameterType.BitRate, Summary = "The largest rate per edge and direction.", Unit = "bit/s", Min = "1kbit", Max = "100gbit", Required = true, Aliases = ["bandwidth", "limit"] },
        ],
        Aliases = ["network-limit", "network-rate-limit", "pod-network-rate-limit", "bandwidth-limit"],
    });

    private static FaultDefinition Partition() => Define(Network(
        "network-partition", "Cuts the pod off: its connections are cut, and no new ones come about.", RiskLevel.High,
        "The proxy on each edge of the pod closes the connections that are open and drops new ones without an answer.",
        Enter + "sh -c \"iptables -I INPUT -j DROP; iptables -I OUTPUT -j DROP\"'",
        Enter + "sh -c \"iptables -D INPUT -j DROP; iptables -D OUTPUT -j DROP\"'") with
    {
        Aliases = ["pod-network-partition", "network-blackhole", "partition"],
    });
}
