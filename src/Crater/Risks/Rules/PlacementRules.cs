using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>Does one node or one zone hold all of it?</summary>
internal static class PlacementRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-COLOCATED", 1, "All replicas run on one node", Severity.High, Look.PodsAndNodes, ["ND-1", "ND-2"], OneNode),
        new("WK-ONEZONE", 1, "All replicas run in one zone", Severity.Low, Look.PodsAndNodes, ["ZN-1"], OneZone),
        new("WK-AFFINITY", 1, "Nothing keeps replicas on different nodes", Severity.Low, Look.Workloads, ["ND-2"], Affinity),
        new("WK-SPREAD", 1, "Nothing spreads replicas over zones", Severity.Low, Look.Workloads, ["ZN-1"], Spread),
    ];

    /// <summary>More than one pod, and all of them on the same node.</summary>
    public static bool Together(Component component) => Nodes(component) is { Pods: > 1, Nodes: 1 };

    private static (int Pods, int Nodes, int Zones) Nodes(Component component)
    {
        var placed = component.Pods.Where(pod => pod.Node.Length > 0).ToArray();
        return (placed.Length, placed.Select(pod => pod.Node).Distinct().Count(), placed.Select(pod => pod.Zone).Where(z => z.Length > 0).Distinct().Count());
    }

    private static IEnumerable<Component> Many(TopologyIndex index) =>
        index.LongRunning.Where(component => component.Replicas > 1 && component.Kind != TargetKind.DaemonSet);

    private static IEnumerable<Observation> OneNode(TopologyIndex index) =>
        from component in Many(index)
        let places = Nodes(component)
        where places.Pods > 1 && index.Topology.Nodes.Count != 1
        select Look.At(component, "pods spec.nodeName", $"{places.Pods} pods on {Look.Count(places.Nodes, "node")}", places.Nodes == 1);

    private static IEnumerable<Observation> OneZone(TopologyIndex index) =>
        from component in Many(index)
        let places = Nodes(component)
        where places.Pods > 1 && places.Zones > 0 && index.Topology.Nodes.Select(node => node.Zone).Distinct().Count() > 1
        select Look.At(component, "pods topology.kubernetes.io/zone", $"{places.Pods} pods in {Look.Count(places.Zones, "zone")}", places.Zones == 1);

    private static IEnumerable<Observation> Affinity(TopologyIndex index) => Many(index).Select(component => Look.At(
        component,
        "spec.template.spec.affinity.podAntiAffinity",
        component.Policy.HasPodAntiAffinity ? "set" : component.Policy.HasTopologySpread ? "topology spread instead" : "none",
        !component.Policy.HasPodAntiAffinity && !component.Policy.HasTopologySpread));

    private static IEnumerable<Observation> Spread(TopologyIndex index) => Many(index).Select(component => Look.At(
        component, "spec.template.spec.topologySpreadConstraints", component.Policy.HasTopologySpread ? "set" : "none", !component.Policy.HasTopologySpread));
}
