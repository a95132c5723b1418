using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of a whole pod, done through the cluster's own API.</summary>
internal static class PodFaults
{
    public static IReadOnlyList<FaultDefinition> All { get; } = [Kill(), Failure(), Image(), .. ObjectFaults.Of(TargetKind.Pod, "pod")];

    private static FaultDefinition Kill() => new()
    {
        Name = "pod-kill",
        Family = "pod",
        Summary = "Deletes the pod once; its owner starts another one in its place.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Pod],
        Drivers = ["kubernetes", "litmus", "chaos-mesh"],
        Mechanism = "DELETE of the pod through the Kubernetes API, with its uid as a precondition so that no later pod of the same name is hit. A pod without an owner is refused: nothing would bring it back.",
        Ending = Ending.HealsItself,
        Fingerprint = "The ready count of the pod's owner. The name of the pod is no part of it: the owner makes a pod with a new one.",
        ResidueCheck = "The pod with the old uid is gone, and the owner has as many ready pods as before.",
        Parameters =
        [
            new()
            {
                Name = "grace-period",
                Type = ParameterType.Duration,
                Summary = "How long the pod may take to stop by itself; left out: what the pod's own manifest says; 0s: killed at once.",
                Min = "0s",
                Max = "10m",
                Aliases = ["grace", "grace_period_seconds", "gracePeriodSeconds", "terminationGracePeriodSeconds"],
            },
        ],
        Aliases = ["pod-delete", "delete-pod", "kill-pod", "pod-terminate", "terminate-pods"],
        ByHand = "kubectl delete pod {target} -n {namespace} --grace-period={grace-period:seconds}",
        UndoByHand = "kubectl get pods -n {namespace} --watch",
    };

    private static FaultDefinition Failure() => new()
    {
        Name = "pod-failure",
        Family = "pod",
        Summary = "Takes the pod down and keeps it down: its containers cannot start until the fault is recovered.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Pod],
        Drivers = ["kubernetes", "chaos-mesh"],
        Mechanism = "Patches the images of the pod's containers to one that cannot be pulled. The image is in a top-level domain that never resolves. The old images and the deadline are written into an annotation of the pod in the same patch, so that anyone can finish the recovery.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "The images of the pods of its owner and the owner's ready count; for a pod without an owner its own.",
        ResidueCheck = "The pod carries no annotation of the fault, has its old images, and its owner has as many ready pods as before.",
        Aliases = ["pod-unavailable", "pod-down"],
        ByHand = "kubectl set image pod/{target} -n {namespace} '*=crater.invalid/pod-failure:none'",
        UndoByHand = "kubectl set image pod/{target} -n {namespace} '*=<old image>'",
    };

    private static FaultDefinition Image() => new()
    {
        Name = "container-image",
        Family = "pod",
        Summary = "Gives one container of the pod another image until the fault is over: the container restarts with it.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Pod],
        Drivers = ["kubernetes"],
        Mechanism = "Patches the image of one container of the pod. The old image and the deadline are written into an annotation of the pod in the same patch.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "The images of the pods of its owner and the owner's ready count; for a pod without an owner its own.",
        ResidueCheck = "The pod carries no annotation of the fault, has its old images, and its owner has as many ready pods as before.",
        Parameters =
        [
            new() { Name = "image", Type = ParameterType.Text, Summary = "The image during the fault.", Required = true },
            new() { Name = "container", Type = ParameterType.Text, Summary = "The container by its name; left out: the first one.", Aliases = ["containername", "subName"] },
        ],
        Aliases = ["containerimage", "pod-containerimage", "pod-image"],
        ByHand = "kubectl set image pod/{target} -n {namespace} '<container>={image}'",
        UndoByHand = "kubectl set image pod/{target} -n {namespace} '<container>=<old image>'",
    };
}
