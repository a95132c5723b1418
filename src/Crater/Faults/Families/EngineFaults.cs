using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of pods and nodes that other engines in the cluster do, where they are asked to; what an agent does as well names it.</summary>
internal static class EngineFaults
{
    private const string Litmus = "litmus";

    private static readonly FaultParameter Direction = new()
    {
        Name = "direction",
        Type = ParameterType.Choice,
        Summary = "Which way is hit: what comes to the pod (in), what leaves it (out), or both.",
        Choices = ["in", "out", "both"],
        Default = "out",
    };

    private static readonly FaultParameter Container = new() { Name = "container", Type = ParameterType.Text, Summary = "The container by its name; left out: the first one.", Aliases = ["TARGET_CONTAINER"] };

    public static IReadOnlyList<FaultDefinition> All { get; } = [Kill(), Corrupt(), Duplicate(), Disk(), NodeCpu(), NodeMemory()];

    private static FaultDefinition Define(string name, string family, string summary, RiskLevel risk, TargetKind target, params string[] drivers) => new()
    {
        Name = name,
        Family = family,
        Summary = summary,
        Risk = risk,
        Targets = [target],
        Drivers = drivers,
        Mechanism = drivers.Contains("agent") ? "By an agent as in a container on a host; by an engine its object for each target, docs/other-engines.md has what it is told." : "An object of the engine for each target; docs/other-engines.md has what it is told.",
        Ending = Ending.MustBeUndone,
        Fingerprint = target == TargetKind.Pod ? "The images of the pods of its owner and the owner's ready count; for a pod without an owner its own." : "Whether the node can be scheduled, and its taints.",
        ResidueCheck = "The engine's object and everything that ran for it are gone, its records say that the target was reverted, and the fingerprint is as before. Where only the engine could look, the certificate says so.",
        ByHand = "craterctl export <engine> <experiment>",
        UndoByHand = "kubectl delete <the engine's object>",
    };

    private static FaultDefinition Kill() => Define("container-kill", "container", "Kills one container of the pod; the kubelet starts it again.", RiskLevel.Medium, TargetKind.Pod, "agent", Litmus, "chaos-mesh") with
    {
        Ending = Ending.HealsItself,
        Parameters =
        [
            Container,
            new() { Name = "signal", Type = ParameterType.Choice, Summary = "The signal.", Choices = ["SIGKILL", "SIGTERM"], Default = "SIGKILL", Aliases = ["SIGNAL"] },
        ],
        Aliases = ["pod-container-kill"],
    };

    private static FaultDefinition Corrupt() => Define("network-corrupt", "network", "Flips bits in a share of the pod's packets.", RiskLevel.Medium, TargetKind.Pod, "agent", Litmus, "chaos-mesh") with
    {
        Parameters = [Share("NETWORK_PACKET_CORRUPTION_PERCENTAGE"), Direction, NetworkFaults.Peers],
        Aliases = ["pod-network-corruption", "network-corruption"],
    };

    private static FaultDefinition Duplicate() => Define("network-duplicate", "network", "Sends a share of the pod's packets twice.", RiskLevel.Low, TargetKind.Pod, "agent", Litmus, "chaos-mesh") with
    {
        Parameters = [Share("NETWORK_PACKET_DUPLICATION_PERCENTAGE"), Direction, NetworkFaults.Peers],
        Aliases = ["pod-network-duplication", "network-duplication"],
    };

    private static FaultDefinition Disk() => Define("disk-fill", "disk", "Fills the pod's ephemeral storage.", RiskLevel.High, TargetKind.Pod, "agent", Litmus) with
    {
        Parameters =
        [
            new() { Name = "percent", Type = ParameterType.Integer, Summary = "The share of the pod's limit of ephemeral storage; an agent wants bytes.", Unit = "percent", Min = "1", Max = "100", Aliases = ["FILL_PERCENTAGE"] },
            new() { Name = "bytes", Type = ParameterType.Bytes, Summary = "How much, where the pod has no limit.", Unit = "bytes", Min = "1Mi", Max = "1Ti" },
        ],
        OneOf = ["percent", "bytes"],
        Aliases = ["pod-disk-fill"],
    };

    private static FaultDefinition NodeCpu() => Define("node-cpu-burn", "node", "Burns CPU of a node beside its pods.", RiskLevel.Medium, TargetKind.Node, Litmus) with
    {
        Parameters =
        [
            new() { Name = "percent", Type = ParameterType.Integer, Summary = "The share of each core.", Unit = "percent", Min = "1", Max = "100", Default = "80", Aliases = ["CPU_LOAD", "load"] },
            new() { Name = "cores", Type = ParameterType.Integer, Summary = "How many cores; 0 is all of them.", Unit = "cores", Min = "0", Max = "4096", Default = "1", Aliases = ["NODE_CPU_CORE", "count"] },
        ],
        Aliases = ["node-cpu-hog"],
    };

    private static FaultDefinition NodeMemory() => Define("node-memory-fill", "node", "Takes memory of a node beside its pods.", RiskLevel.High, TargetKind.Node, Litmus) with
    {
        Parameters =
        [
            new() { Name = "percent", Type = ParameterType.Integer, Summary = "The share of the node's memory.", Unit = "percent", Min = "1", Max = "100", Aliases = ["MEMORY_CONSUMPTION_PERCENTAGE"] },
            new() { Name = "bytes", Type = ParameterType.Bytes, Summary = "How much.", Unit = "bytes", Min = "1Mi", Max = "16Ti" },
        ],
        OneOf = ["percent", "bytes"],
        Aliases = ["node-memory-hog"],
    };

    private static FaultParameter Share(string alias) => new()
    {
        Name = "share",
        Type = ParameterType.Ratio,
        Summary = "The share of the packets.",
        Unit = "share",
        Min = ">0",
        Max = "1",
        Required = true,
        Aliases = [alias],
    };
}
