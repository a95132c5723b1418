namespace Crater.Discovery;

/// <summary>Adds to a collected topology what follows from it: entry points, tiers, articulation points, criticality. Pure; safe to repeat.</summary>
public static class TopologyAnalysis
{
    public static Topology Analyse(Topology topology)
    {
        var exposed = ExposedComponents(topology);
        var components = topology.Components.Select(component => component with { IsEntryPoint = exposed.Contains(component.Id) }).ToList();
        var graph = new DependencyGraph(components, topology.Dependencies);
        components = [.. components.Select(component => WithTier(component, graph))];

        // A component whose label says edge is an entry point even when nothing in the cluster exposes it (a load balancer outside may).
        components = [.. components.Select(component => component with { IsEntryPoint = component.IsEntryPoint || IsLabelledEdge(component) })];
        graph = new DependencyGraph(components, topology.Dependencies);
        var cuts = ArticulationPoints.Find(graph);
        return topology with { Components = [.. components.Select(component => WithCriticality(component, graph, cuts))] };
    }

    private static HashSet<string> ExposedComponents(Topology topology) =>
    [
        .. topology.Ingresses.Select(route => route.Component).Where(id => id.Length > 0),
        .. topology.Services.Where(service => service.Type is "NodePort" or "LoadBalancer").SelectMany(service => service.Backends),
    ];

    private static bool IsLabelledEdge(Component component) =>
        component.Tier == Tier.Edge && (component.TierReason.StartsWith("label", StringComparison.Ordinal) || component.TierReason.StartsWith("annotation", StringComparison.Ordinal));

    private static Component WithTier(Component component, DependencyGraph graph)
    {
        var (tier, reason) = TierAnalysis.Of(component, graph);
        return component with { Tier = tier, TierReason = reason };
    }

    private static Component WithCriticality(Component component, DependencyGraph graph, IReadOnlyDictionary<string, int> cuts)
    {
        var (criticality, reasons) = CriticalityAnalysis.Of(component, graph, cuts);
        return component with { Criticality = criticality, CriticalityReasons = reasons, IsArticulationPoint = cuts.ContainsKey(component.Id) };
    }
}
