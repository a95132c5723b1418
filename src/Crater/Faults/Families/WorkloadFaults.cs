using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of a workload object.</summary>
internal static class WorkloadFaults
{
    public static IReadOnlyList<FaultDefinition> All { get; } =
    [
        new()
        {
            Name = "deployment-scale",
            Family = "workload",
            Summary = "Sets the number of replicas of the deployment and holds it there.",
            Risk = RiskLevel.High,
            Targets = [TargetKind.Deployment],
            Drivers = ["kubernetes"],
            Mechanism = "Patches spec.replicas. The old number and the deadline stand in an annotation of the deployment, written in the same patch. A deployment that an autoscaler scales is refused.",
            Ending = Ending.MustBeUndone,
            Fingerprint = "The number of replicas the deployment asks for, and how many are ready.",
            ResidueCheck = "The deployment carries no annotation of the fault, asks for its old number of replicas, and has as many ready as before.",
            Parameters =
            [
                new()
                {
                    Name = "replicas",
                    Type = ParameterType.Integer,
                    Summary = "How many replicas there are during the fault.",
                    Unit = "pods",
                    Min = "0",
                    Max = "1000",
                    Required = true,
                    Aliases = ["value", "count", "scale"],
                },
            ],
            Aliases = ["deployment-replicas", "scale-deployment", "pod-autoscaler"],
            ByHand = "kubectl scale deployment/{target} -n {namespace} --replicas={replicas}",
            UndoByHand = "kubectl scale deployment/{target} -n {namespace} --replicas=<replicas before>",
        },
    ];
}
