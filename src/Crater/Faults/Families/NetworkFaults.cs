using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the traffic between pods.</summary>
internal static class NetworkFaults
{
    private const string Enter =
        "kubectl debug node/{node} --image=nicolaka/netshoot --profile=sysadmin -- sh -c 'nsenter -t $(chroot /host crictl inspect -o go-template --template \"{{.info.pid}}\" "
        + "$(chroot /host crictl ps -q --label io.kubernetes.pod.name={target})) -n ";

    private const string UndoNetem = Enter + "tc qdisc del dev eth0 root'";

    private const string Reach = " Traffic through services is hit; the pod's probes and calls to its own address are not.";

    private static readonly FaultParameter Direction = new()
    {
        Name = "direction",
        Type = ParameterType.Choice,
        Summary = "Which way is hit: what comes to the pod (in), what leaves it (out), or both; whoever opened the connection. The answer to a call that came in leaves it.",
        Choices = ["in", "out", "both"],
        Default = "both",
    };

    /// <summary>Whose traffic with the pod is hit.</summary>
    internal static readonly FaultParameter Peers = new()
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

    private static FaultDefinition Network(string name, string summary, RiskLevel risk, string mechanism, string byHand, string undo, params string[] more) => new()
    {
        Name = name,
        Family = "network",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Pod],
        Drivers = ["lab", "agent", .. more, "chaos-mesh"],
        Mechanism = mechanism + Reach,
        Ending = Ending.DiesWithHolder,
        Fingerprint = "The rules of the service proxy on the pod; those of other injections are not counted.",
        ResidueCheck = "The proxy lists no rule of the injection on the pod.",
        ByHand = byHand,
        UndoByHand = undo,
    };

    private static FaultDefinition Delay() => Define(Network(
        "network-delay", "Delays the traffic of the pod.", RiskLevel.Low,
        "The service proxy holds the bytes of every connection of the pod back by the delay, in each direction that is hit; the jitter is drawn evenly around it. With both directions a round trip takes twice the delay, and opening a connection takes one round trip more.",
        Enter + "tc qdisc add dev eth0 root netem delay {delay:ms} {jitter:ms}'", UndoNetem, "litmus") with
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
        "The service proxy draws by lot which connection attempts, and which pieces of what is sent, are lost. They arrive after the waits of TCP: a lost piece is 0.2, 0.6, 1.4 … s late, a lost attempt 1, 3, 7 … s; after six losses in a row (12.6 s, 63 s) the connection is reset. A caller is connected to the proxy at once: it sees a lost attempt as an answer that stays away. With a loss of 1 nothing arrives and nothing is reset.",
        Enter + "tc qdisc add dev eth0 root netem loss {loss:percent}'", UndoNetem, "litmus") with
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
        "The service proxy passes no more bits of content per second than the rate, in each direction that is hit by itself; all connections of the pod in one direction share it.",
        Enter + "tc qdisc add dev eth0 root tbf rate {rate}bit burst 32kbit latency 400ms'", UndoNetem) with
    {
        Parameters =
        [
            new() { Name = "rate", Type = ParameterType.BitRate, Summary = "The largest rate in each direction.", Unit = "bit/s", Min = "1kbit", Max = "100gbit", Required = true, Aliases = ["bandwidth", "limit"] },
        ],
        Aliases = ["network-limit", "network-rate-limit", "pod-network-rate-limit", "bandwidth-limit"],
    });

    private static FaultDefinition Partition() => Define(Network(
        "network-partition", "Cuts the pod off: nothing passes on its connections, and no new ones come about.", RiskLevel.High,
        "The service proxy holds everything on the pod's connections and the opening of new ones, without an answer, as a network that drops packets does. A caller is connected to the proxy at once and then hears nothing until its own time is up; what waits flows when the fault is recovered.",
        Enter + "sh -c \"iptables -I INPUT -j DROP; iptables -I OUTPUT -j DROP\"'",
        Enter + "sh -c \"iptables -D INPUT -j DROP; iptables -D OUTPUT -j DROP\"'") with
    {
        Aliases = ["pod-network-partition", "network-blackhole", "partition"],
    });
}
