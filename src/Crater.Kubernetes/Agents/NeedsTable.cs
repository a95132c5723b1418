namespace Crater.Kubernetes.Agents;

/// <summary>What one kind of fault takes beside what every agent pod has.</summary>
/// <param name="Faults">By name, or a whole family.</param>
/// <param name="Why">What the capabilities are for; ends the sentence "it needs them to …".</param>
public sealed record NeedsRule(IReadOnlyList<string> Faults, IReadOnlyList<string> Capabilities, string Why)
{
    /// <summary>On a node it is a fault of the node's own network.</summary>
    public bool IsNetwork { get; init; }

    /// <summary>On a node, what it uses up is counted on the agent pod.</summary>
    public bool IsOwnLoad { get; init; }
}

/// <summary>The one table of what faults take on a node. Agent pods, the plan and docs/agent-pods.md are made of it.</summary>
public static class NeedsTable
{
    /// <summary>
    /// Every agent pod: to see the control groups and namespaces of other users' processes (SYS_PTRACE), to enter the host's control group namespace and a pod's others
    /// (SYS_ADMIN), to signal its keepers and bearers in them (KILL), and to read what belongs to other users (DAC_READ_SEARCH).
    /// </summary>
    public static IReadOnlyList<string> Always { get; } = ["DAC_READ_SEARCH", "KILL", "SYS_ADMIN", "SYS_PTRACE"];

    public static IReadOnlyList<NeedsRule> Rules { get; } =
    [
        new(["cpu", "memory-fill"], ["SYS_RESOURCE"], "count as the first that the kernel's out-of-memory killer takes, and be taken off again") { IsOwnLoad = true },
        new(["memory-oom"], ["DAC_OVERRIDE", "SYS_RESOURCE"], "mark its target as the first to go, and take the mark off again"),
        new(["dns-fail", "dns-override"], ["NET_ADMIN", "NET_RAW"], "write rules of packets in the pod's network namespace, and answer in a server's name") { IsNetwork = true },
        new(["network", "dns", "http"], ["NET_ADMIN"], "write rules of packets in the pod's network namespace") { IsNetwork = true },
        new(["port-occupy"], ["NET_BIND_SERVICE"], "take a port below 1024") { IsNetwork = true },
        new(["file"], ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"], "change files of any user, and leave them with their owner and permissions"),
        new(["disk-burn"], ["DAC_OVERRIDE", "SYS_RESOURCE"], "read and write where any user may, and count as the first that the kernel's out-of-memory killer takes") { IsOwnLoad = true },
        new(["disk-fill"], ["DAC_OVERRIDE", "SYS_RESOURCE"], "write where any user may"),
        new(["disk", "nproc-exhaust", "container-pause", "process-stop"], [], "write the limits and states of control groups, which are root's"),
        new(["fd-exhaust"], ["SYS_RESOURCE"], "set the limits of other users' processes and take that back"),
        new(["process", "container"], [], "send signals"),
    ];

    /// <summary>The rule of a fault: its own, else its family's; one that takes nothing more where there is none.</summary>
    public static NeedsRule Of(string fault, string family) =>
        Rules.FirstOrDefault(rule => rule.Faults.Contains(fault)) ?? Rules.FirstOrDefault(rule => rule.Faults.Contains(family)) ?? new NeedsRule([fault], [], "do it");
}
