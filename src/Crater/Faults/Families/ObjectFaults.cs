using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults that any object of a cluster can have, because they change its metadata: labels and finalizers.</summary>
internal static class ObjectFaults
{
    private const string Undone = "What was there before, the run and the deadline stand in annotations of the object, written in the same patch.";

    /// <summary>Those of one kind. A node has no finalizer fault: nobody deletes nodes in passing.</summary>
    public static IEnumerable<FaultDefinition> Of(TargetKind kind, string family) => kind == TargetKind.Node ? [Label(kind, family)] : [Label(kind, family), Finalizer(kind, family)];

    private static FaultDefinition Label(TargetKind kind, string family)
    {
        var word = TargetId.Text(kind);
        var isPod = kind == TargetKind.Pod;
        return new FaultDefinition
        {
            Name = $"{word}-label",
            Family = family,
            Summary = isPod
                ? "Adds and deletes labels of the pod: one that its owner or a service selects by takes it out of their reach."
                : $"Adds and deletes labels of the {word}: whatever selects by them loses or finds it.",
            Risk = kind is TargetKind.Node or TargetKind.Namespace ? RiskLevel.High : RiskLevel.Medium,
            Targets = [kind],
            Drivers = ["kubernetes"],
            Mechanism = $"Patches metadata.labels; labels that others change meanwhile stay. {Undone}",
            Ending = Ending.MustBeUndone,
            Fingerprint = isPod ? "The named labels, and the ready count of the pod's owner." : "The named labels.",
            ResidueCheck = $"The {word} carries no annotation of the fault, and each named label is what it was{(isPod ? "; its owner has as many ready pods as before (it may have kept another one)" : "")}.",
            Parameters =
            [
                new() { Name = "add", Type = ParameterType.Text, Summary = "Labels to set, key=value with commas between them." },
                new() { Name = "delete", Type = ParameterType.Text, Summary = "Labels to take away, keys with commas between them." },
            ],
            Aliases = kind == TargetKind.Pod ? ["pod-relabel"] : [],
            ByHand = $"kubectl label {word} {{target}}{In(kind)} --overwrite {{add}}",
            UndoByHand = $"kubectl label {word} {{target}}{In(kind)} --overwrite <labels before>",
        };
    }

    private static FaultDefinition Finalizer(TargetKind kind, string family)
    {
        var word = TargetId.Text(kind);
        return new FaultDefinition
        {
            Name = $"{word}-finalizer",
            Family = family,
            Summary = $"Adds and deletes finalizers of the {word}: with one more, whoever deletes it waits until the fault is over.",
            Risk = kind == TargetKind.Namespace ? RiskLevel.High : RiskLevel.Medium,
            Targets = [kind],
            Drivers = ["kubernetes"],
            Mechanism = $"Patches metadata.finalizers; finalizers that others add or finish meanwhile stay so. {Undone}",
            Ending = Ending.MustBeUndone,
            Fingerprint = "Which of the named finalizers are there.",
            ResidueCheck = $"The {word} carries no annotation of the fault, and each named finalizer is there or not as before. A finalizer that the fault deleted does not come back on an object that is being deleted.",
            Parameters =
            [
                new() { Name = "add", Type = ParameterType.Text, Summary = "Finalizers to add, with commas between them; with neither add nor delete crater.dev/hold is added." },
                new() { Name = "delete", Type = ParameterType.Text, Summary = "Finalizers to take away, with commas between them." },
            ],
            ByHand = $"kubectl patch {word} {{target}}{In(kind)} --type=merge -p '{{\"metadata\":{{\"finalizers\":[\"crater.dev/hold\"]}}}}'",
            UndoByHand = $"kubectl patch {word} {{target}}{In(kind)} --type=merge -p '{{\"metadata\":{{\"finalizers\":<finalizers before>}}}}'",
        };
    }

    private static string In(TargetKind kind) => kind is TargetKind.Namespace or TargetKind.Node ? "" : " -n {namespace}";
}
