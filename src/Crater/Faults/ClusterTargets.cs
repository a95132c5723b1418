using Crater.Targets;

namespace Crater.Faults;

/// <summary>Which faults of hosts and containers hit pods and nodes too, through an agent pod: all that need nothing which is only on a host.</summary>
internal static class ClusterTargets
{
    /// <summary>They start the runtime's own program, which an agent pod does not have.</summary>
    private static readonly string[] OfRuntime = ["container-remove", "container-restart"];

    /// <summary>What a node is hit with as a host is. Files and single processes of nodes are left to a craterd on the node itself.</summary>
    private static readonly string[] OfNodes =
    [
        "cpu-burn", "cpu-load", "memory-fill", "disk-fill", "disk-burn", "port-occupy", "network-delay", "network-loss", "network-partition", "network-corrupt", "network-duplicate",
        "network-reorder", "network-bandwidth", "dns-override", "dns-fail",
    ];

    /// <summary>The same faults; those of hosts with pods and nodes among their targets where no other definition of the name has them.</summary>
    public static IReadOnlyList<FaultDefinition> Extend(IReadOnlyList<FaultDefinition> all) => [.. all.Select(fault => !fault.IsForHosts ? fault : fault with
    {
        Targets =
        [
            .. fault.Targets,
            .. fault.Targets.Contains(TargetKind.Container) && !OfRuntime.Contains(fault.Name) && !IsTaken(all, fault.Name, TargetKind.Pod) ? [TargetKind.Pod] : Array.Empty<TargetKind>(),
            .. OfNodes.Contains(fault.Name) && !IsTaken(all, fault.Name, TargetKind.Node) ? [TargetKind.Node] : Array.Empty<TargetKind>(),
        ],
    })];

    private static bool IsTaken(IReadOnlyList<FaultDefinition> all, string name, TargetKind kind) =>
        all.Any(other => !other.IsForHosts && (other.Name == name || other.Aliases.Contains(name)) && other.Targets.Contains(kind));
}
