using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of what workloads stand on: services, configuration, autoscalers, namespaces.</summary>
internal static class ClusterFaults
{
    public static IReadOnlyList<FaultDefinition> All { get; } =
    [
        Disconnect(), Freeze(),
        Tamper(TargetKind.ConfigMap, "config map", RiskLevel.Medium, ["config-tamper"]),
        Tamper(TargetKind.Secret, "secret", RiskLevel.High, []),
        .. ObjectFaults.Of(TargetKind.Namespace, "cluster"),
        Crowd("cluster-pending-pods", "pods that no node can take", "Pods ask for a million processors, so the scheduler looks at them again and again.", "registry.k8s.io/pause:3.10", ["cluster-pendingpod", "pending-pods"]),
        Crowd("cluster-completed-jobs", "jobs that are done at once", "Each job runs true once and stays there.", "busybox:1", ["cluster-completedjob", "completed-jobs"]),
    ];

    private static FaultDefinition Crowd(string name, string what, string how, string image, IReadOnlyList<string> aliases) => new()
    {
        Name = name,
        Family = "cluster",
        Summary = $"Fills the namespace with {what}.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Namespace],
        Drivers = ["kubernetes"],
        Mechanism = $"Writes the run and the deadline into a Secret of the namespace, then makes the objects, which that Secret owns. {how}",
        Ending = Ending.MustBeUndone,
        Fingerprint = "How many of them there are.",
        ResidueCheck = "None of them is there, and the Secret is deleted; one that was made late goes with its owner.",
        Parameters =
        [
            new() { Name = "count", Type = ParameterType.Integer, Summary = "How many are made.", Unit = "objects", Min = "1", Max = "5000", Default = "10" },
            new() { Name = "name", Type = ParameterType.Text, Summary = "What their names begin with.", Default = "crater" },
            new() { Name = "image", Type = ParameterType.Text, Summary = "Their image.", Default = image },
        ],
        Aliases = aliases,
        ByHand = "for i in $(seq {count}); do kubectl create -n {namespace} -f <manifest>; done",
        UndoByHand = "kubectl delete pods,jobs -n {target} -l crater.dev/made-by",
    };

    private static FaultDefinition Disconnect() => new()
    {
        Name = "service-disconnect",
        Family = "cluster",
        Summary = "Makes the service's selector match no pod: it has no end points, while its pods run on.",
        Risk = RiskLevel.High,
        Targets = [TargetKind.Service],
        Drivers = ["kubernetes"],
        Mechanism = "Adds a label that no pod has to spec.selector. The run and the deadline stand in annotations of the service, written in the same patch. A service without a selector is refused.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the added label is in the selector.",
        ResidueCheck = "The service carries no annotation of the fault, and its selector has no such label.",
        Aliases = ["service-selector", "service-selector-break", "service-unavailable", "service-down"],
        ByHand = "kubectl patch service {target} -n {namespace} --type=merge -p '{\"spec\":{\"selector\":{\"crater.dev/disconnected\":\"true\"}}}'",
        UndoByHand = "kubectl patch service {target} -n {namespace} --type=merge -p '{\"spec\":{\"selector\":{\"crater.dev/disconnected\":null}}}'",
    };

    private static FaultDefinition Freeze() => new()
    {
        Name = "autoscaler-freeze",
        Family = "cluster",
        Summary = "Holds the autoscaler at the number of replicas that there is, so that load meets a fixed size.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.HorizontalPodAutoscaler],
        Drivers = ["kubernetes"],
        Mechanism = "Patches minReplicas and maxReplicas to status.currentReplicas. The old numbers and the deadline stand in an annotation of the autoscaler, written in the same patch. One that scales nothing now is refused.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "minReplicas and maxReplicas.",
        ResidueCheck = "The autoscaler carries no annotation of the fault, and has its old least and most.",
        Aliases = ["hpa-freeze"],
        ByHand = "kubectl patch hpa {target} -n {namespace} --type=merge -p '{\"spec\":{\"minReplicas\":<now>,\"maxReplicas\":<now>}}'",
        UndoByHand = "kubectl patch hpa {target} -n {namespace} --type=merge -p '{\"spec\":{\"minReplicas\":<before>,\"maxReplicas\":<before>}}'",
    };

    private static FaultDefinition Tamper(TargetKind kind, string word, RiskLevel risk, IReadOnlyList<string> aliases) => new()
    {
        Name = $"{TargetId.Text(kind)}-tamper",
        Family = "cluster",
        Summary = $"Replaces or deletes one entry of the {word}. Pods see it when they start, and in mounted volumes about a minute later.",
        Risk = risk,
        Targets = [kind],
        Drivers = ["kubernetes"],
        Mechanism = "Patches the entry. What it was before is written into a Secret of its own beside it before the patch, and nowhere else; the run and the deadline stand in annotations of the object, written in the same patch. An immutable one is refused.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the entry is there; no value and no hash of one, which could be guessed from.",
        ResidueCheck = "The object carries no annotation of the fault: the patch that took it away put the old value back, having found in the entry what the fault had put there. The Secret with the undo data is deleted.",
        Parameters =
        [
            new() { Name = "key", Type = ParameterType.Text, Summary = "The entry.", Required = true },
            new() { Name = "change", Type = ParameterType.Choice, Summary = "Whether the entry gets another value or is taken away.", Choices = ["replace", "delete"], Default = "replace" },
            new() { Name = "value", Type = ParameterType.Text, Summary = "What replaces it, as plain text; left out: nothing at all. It stands in the experiment and so in the journal." },
        ],
        Aliases = aliases,
        ByHand = $"kubectl patch {TargetId.Text(kind)} {{target}} -n {{namespace}} --type=merge -p '{{\"data\":{{\"<key>\":\"<value>\"}}}}'",
        UndoByHand = $"kubectl patch {TargetId.Text(kind)} {{target}} -n {{namespace}} --type=merge -p '{{\"data\":{{\"<key>\":\"<value before>\"}}}}'",
    };
}
