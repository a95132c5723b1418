using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of a node of the cluster.</summary>
internal static class NodeFaults
{
    private const string Uncordon = "kubectl uncordon {target}";

    public static IReadOnlyList<FaultDefinition> All { get; } = [Cordon(), Drain(), Taint(), .. ObjectFaults.Of(TargetKind.Node, "node")];

    private static FaultDefinition Cordon() => new()
    {
        Name = "node-cordon",
        Family = "node",
        Summary = "Takes the node out of scheduling: what runs there goes on, nothing new is placed there.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Node],
        Drivers = ["kubernetes"],
        Mechanism = "Patches the node to spec.unschedulable: true. What it was before and the deadline stand in an annotation of the node, written in the same patch. A node that is cordoned already is refused.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the node can be scheduled.",
        ResidueCheck = "The node carries no annotation of the fault and can be scheduled as before.",
        Aliases = ["cordon-node", "cordon-nodes", "node-unschedulable"],
        ByHand = "kubectl cordon {target}",
        UndoByHand = Uncordon,
    };

    private static FaultDefinition Drain() => new()
    {
        Name = "node-drain",
        Family = "node",
        Summary = "Cordons the node and evicts its pods, as before maintenance.",
        Risk = RiskLevel.High,
        Targets = [TargetKind.Node],
        Drivers = ["kubernetes", "litmus"],
        Mechanism = "Cordons the node, then evicts each of its pods through the eviction API, which honours disruption budgets. Pods of daemon sets stay; a pod without an owner makes it refuse.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the node can be scheduled, and the ready counts of the owners of the pods that ran there.",
        ResidueCheck = "The node carries no annotation of the fault, can be scheduled as before, and each owner has as many ready pods as before, wherever they run.",
        Parameters =
        [
            new()
            {
                Name = "grace-period",
                Type = ParameterType.Duration,
                Summary = "How long each pod may take to stop by itself; left out: what the pod's own manifest says.",
                Min = "0s",
                Max = "10m",
                Aliases = ["grace", "grace_period_seconds", "gracePeriodSeconds"],
            },
            new()
            {
                Name = "timeout",
                Type = ParameterType.Duration,
                Summary = "How long evictions that a disruption budget refuses are tried again before the injection fails.",
                Min = "1s",
                Max = "30m",
                Default = "2m",
            },
        ],
        Aliases = ["drain-node", "drain-nodes"],
        ByHand = "kubectl drain {target} --ignore-daemonsets --delete-emptydir-data --grace-period={grace-period:seconds} --timeout={timeout}",
        UndoByHand = Uncordon,
    };

    private static FaultDefinition Taint() => new()
    {
        Name = "node-taint",
        Family = "node",
        Summary = "Adds and deletes taints of the node: pods that do not tolerate one are not placed there, or are evicted.",
        Risk = RiskLevel.High,
        Targets = [TargetKind.Node],
        Drivers = ["kubernetes", "litmus"],
        Mechanism = "Patches spec.taints of the node; taints that others put there meanwhile stay. A pod without an owner makes a NoExecute taint refuse.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "The named taints; with NoExecute also the ready counts of the owners of the pods that ran there.",
        ResidueCheck = "The node carries no annotation of the fault, each named taint is there or not as before, and with NoExecute each owner has as many ready pods as before.",
        Parameters =
        [
            new() { Name = "add", Type = ParameterType.Text, Summary = "Taints to add, key=value:Effect with commas between them; an effect is NoSchedule, PreferNoSchedule or NoExecute.", Aliases = ["taints", "TAINTS"] },
            new() { Name = "delete", Type = ParameterType.Text, Summary = "Taints to delete, written alike." },
        ],
        Aliases = ["taint-node"],
        ByHand = "kubectl taint nodes {target} {add}",
        UndoByHand = "kubectl taint nodes {target} {add}-",
    };
}
