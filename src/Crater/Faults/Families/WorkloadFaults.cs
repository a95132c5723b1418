using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of a workload object.</summary>
internal static class WorkloadFaults
{
    private static readonly FaultParameter Container =
        new() { Name = "container", Type = ParameterType.Text, Summary = "The container by its name; left out: the first one.", Aliases = ["containername", "subName"] };

    public static IReadOnlyList<FaultDefinition> All { get; } =
    [
        Scale(TargetKind.Deployment, ["deployment-replicas", "scale-deployment", "pod-autoscaler"]),
        Scale(TargetKind.StatefulSet, ["statefulset-replicas", "scale-statefulset"]),
        Suspend(),
        Delete(TargetKind.Deployment), Delete(TargetKind.StatefulSet), Delete(TargetKind.DaemonSet), Delete(TargetKind.Job),
        ImagePull(),
        Scheduling(),
        .. ((TargetKind[])[TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet, TargetKind.Job]).SelectMany(kind => ObjectFaults.Of(kind, "workload")),
    ];

    private static FaultDefinition Scale(TargetKind kind, IReadOnlyList<string> aliases)
    {
        var word = TargetId.Text(kind);
        return new FaultDefinition
        {
            Name = $"{word}-scale",
            Family = "workload",
            Summary = $"Sets the number of replicas of the {word} and holds it there.",
            Risk = RiskLevel.High,
            Targets = [kind],
            Drivers = ["kubernetes"],
            Mechanism = $"Patches spec.replicas. The old number and the deadline stand in an annotation of the {word}, written in the same patch. A {word} that an autoscaler scales is refused.",
            Ending = Ending.MustBeUndone,
            Fingerprint = $"The number of replicas the {word} asks for, and how many are ready.",
            ResidueCheck = $"The {word} carries no annotation of the fault, asks for its old number of replicas, and has as many ready as before.",
            Parameters =
            [
                new()
                {
                    Name = "replicas",
                    Type = ParameterType.Integer,
                    Summary = "How many replicas there are during the fault; with a mode other than absolute, how many more, or how many percent more, and negative for fewer.",
                    Unit = "pods, or percent of the pods",
                    Min = "-1000",
                    Max = "1000",
                    Required = true,
                    Aliases = ["value", "count", "scale"],
                },
                new()
                {
                    Name = "mode",
                    Type = ParameterType.Choice,
                    Summary = "What replicas counts: all of them, or the change; percentages are cut to whole pods.",
                    Choices = ["absolute", "relative", "percent", "absolutecount", "relativecount", "relativepercent"],
                    Default = "absolute",
                },
            ],
            Aliases = aliases,
            ByHand = $"kubectl scale {word}/{{target}} -n {{namespace}} --replicas={{replicas}}",
            UndoByHand = $"kubectl scale {word}/{{target}} -n {{namespace}} --replicas=<replicas before>",
        };
    }

    private static FaultDefinition Delete(TargetKind kind)
    {
        var word = TargetId.Text(kind);
        var isJob = kind == TargetKind.Job;
        return new FaultDefinition
        {
            Name = $"{word}-delete",
            Family = "workload",
            Summary = $"Deletes the {word} with its pods, and makes it again when the fault is over.",
            Risk = RiskLevel.High,
            Targets = [kind],
            Drivers = ["kubernetes"],
            Mechanism = $"Writes the manifest with the run and the deadline into a Secret beside it, then deletes it, with its uid and version as preconditions. Refused where something would not come back as it was: a {word} that another object manages"
                + (kind == TargetKind.StatefulSet ? ", or whose volume claims are deleted with it." : isJob ? ", or that has come to its end." : "."),
            Ending = Ending.MustBeUndone,
            Fingerprint = $"Labels, annotations and spec, as a hash{(isJob ? "." : ", and how many pods are ready.")}",
            ResidueCheck = $"The {word} is there with its old labels, annotations and spec{(isJob ? "" : ", has as many ready pods as before")}, and the Secret is deleted. The uid, the status and the pods are new ones{(isJob ? "; its work begins anew" : "")}. One that somebody else made meanwhile is residue and not overwritten.",
            Aliases = [$"delete-{word}"],
            ByHand = $"kubectl delete {word} {{target}} -n {{namespace}}",
            UndoByHand = "kubectl create -f <manifest before>",
        };
    }

    private static FaultDefinition Suspend() => new()
    {
        Name = "job-suspend",
        Family = "workload",
        Summary = "Suspends a job that runs: its pods are taken away, and start from their beginning when the fault is over.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Job],
        Drivers = ["kubernetes"],
        Mechanism = "Patches spec.suspend. What it was before and the deadline stand in an annotation of the job, written in the same patch.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the job is suspended.",
        ResidueCheck = "The job carries no annotation of the fault and is suspended or not as before. The work that its pods had done is not brought back.",
        Aliases = ["suspend-job"],
        ByHand = "kubectl patch job {target} -n {namespace} --type=merge -p '{\"spec\":{\"suspend\":true}}'",
        UndoByHand = "kubectl patch job {target} -n {namespace} --type=merge -p '{\"spec\":{\"suspend\":false}}'",
    };

    private static FaultDefinition ImagePull() => new()
    {
        Name = "image-pull-fail",
        Family = "workload",
        Summary = "Begins a rollout whose image cannot be pulled: as many pods as the rollout may take down are missing until the fault is over.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet],
        Drivers = ["kubernetes"],
        Mechanism = "Patches the image of one container in the pod template to one in a top-level domain that never resolves. The old image and the deadline stand in an annotation of the workload, written in the same patch. A paused rollout is refused.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "The image in the template, and how many pods of the workload are ready.",
        ResidueCheck = "The workload carries no annotation of the fault, has its old image, and has as many ready pods as before.",
        Parameters = [Container],
        Aliases = ["image-pull-failure", "image-pull-backoff", "bad-image"],
        ByHand = "kubectl set image <kind>/{target} -n {namespace} '<container>=crater.invalid/image-pull-fail:none'",
        UndoByHand = "kubectl set image <kind>/{target} -n {namespace} '<container>=<old image>'",
    };

    private static FaultDefinition Scheduling() => new()
    {
        Name = "scheduling-block",
        Family = "workload",
        Summary = "Begins a rollout whose pods no node may take: as many pods as the rollout may take down are missing until the fault is over.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet],
        Drivers = ["kubernetes"],
        Mechanism = "Adds a node selector that no node matches to the pod template. What was there before and the deadline stand in an annotation of the workload, written in the same patch. A daemon set loses its pods altogether. A paused rollout is refused.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "The added key of the node selector, and how many pods of the workload are ready.",
        ResidueCheck = "The workload carries no annotation of the fault, its template has no such node selector, and it has as many ready pods as before.",
        Aliases = ["scheduling-fail", "pod-unschedulable", "daemonset-suspend"],
        ByHand = "kubectl patch <kind> {target} -n {namespace} --type=merge -p '{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"crater.dev/nowhere\":\"true\"}}}}}'",
        UndoByHand = "kubectl patch <kind> {target} -n {namespace} --type=merge -p '{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"crater.dev/nowhere\":null}}}}}'",
    };
}
