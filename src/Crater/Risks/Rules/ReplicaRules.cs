using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>Is there a second one?</summary>
internal static class ReplicaRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-REPLICAS", 1, "A single replica answers for the whole component", Severity.Medium, Look.Workloads, ["WEB-1", "GW-1"], Replicas),
        new("WK-SPOF", 1, "A single replica joins parts of the application", Severity.High, Look.Workloads, ["WEB-1", "GW-1"], SinglePoint),
        new("WK-NAKEDPOD", 1, "A pod without a controller is not brought back", Severity.High, Look.Workloads, ["POD-1"], NakedPods),
    ];

    private static IEnumerable<Observation> Replicas(TopologyIndex index) => index.LongRunning
        .Where(component => !TopologyIndex.KeepsState(component) && component.Kind is (TargetKind.Deployment or TargetKind.ReplicaSet))
        .Select(component => Look.At(component, "spec.replicas", Look.Count(component.Replicas, "replica"), component.Replicas < 2) with
        {
            // What nobody calls can be away for a moment: a worker's queue waits for it.
            Severity = index.DependantsOf(component).Any() || component.IsEntryPoint ? Severity.Medium : Severity.Low,
            Suggests = component.IsEntryPoint ? ["GW-1"] : ["WEB-1"],
        });

    private static IEnumerable<Observation> SinglePoint(TopologyIndex index) => index.LongRunning
        .Where(component => component.IsArticulationPoint && !TopologyIndex.KeepsState(component))
        .Select(component => Look.At(
            component, "spec.replicas", $"{Look.Count(component.Replicas, "replica")} between the parts of the graph", component.Replicas < 2) with
        {
            Suggests = component.IsEntryPoint ? ["GW-1"] : ["WEB-1"],
        });

    private static IEnumerable<Observation> NakedPods(TopologyIndex index) => index.Components
        .Where(component => component.Kind == TargetKind.Pod || component.Pods.Any(pod => pod.IsNaked))
        .Select(component => Look.At(component, "metadata.ownerReferences", "no controller", violated: true));
}
