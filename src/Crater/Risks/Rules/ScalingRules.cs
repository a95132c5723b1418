using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>Does capacity follow demand?</summary>
internal static class ScalingRules
{
    private static readonly IReadOnlyList<string> Reads = ["horizontalpodautoscalers"];

    public static IEnumerable<Rule> All =>
    [
        new("WK-HPA", 1, "No autoscaler where traffic enters", Severity.Low, Reads, ["GW-4"], Missing),
        new("WK-HPA-MIN", 1, "An autoscaler that may go down to one, or cannot move", Severity.Medium, Reads, ["WEB-3"], Bounds),
        new("WK-HPA-DANGLING", 1, "An autoscaler whose target does not exist", Severity.Medium, Reads, [], Dangling) { FixFirst = true },
    ];

    private static IEnumerable<Observation> Missing(TopologyIndex index) => index.LongRunning
        .Where(component => component.IsEntryPoint)
        .Select(component => Look.At(
            component,
            "horizontalpodautoscaler",
            index.Topology.Autoscalers.Any(a => a.Component == component.Id) ? "set" : "none",
            index.Topology.Autoscalers.All(a => a.Component != component.Id)));

    private static IEnumerable<Observation> Bounds(TopologyIndex index) =>
        from scaler in index.Topology.Autoscalers.OrderBy(a => a.Namespace, StringComparer.Ordinal).ThenBy(a => a.Name, StringComparer.Ordinal)
        where index.Find(scaler.Component) is not null
        select new Observation(
            scaler.Component,
            $"horizontalpodautoscaler/{scaler.Namespace}/{scaler.Name} spec.minReplicas",
            $"min {scaler.Min}, max {scaler.Max}",
            scaler.Min < 2 || scaler.Min >= scaler.Max ? Answer.Violated : Answer.Satisfied);

    private static IEnumerable<Observation> Dangling(TopologyIndex index) => index.Topology.Autoscalers
        .OrderBy(a => a.Namespace, StringComparer.Ordinal).ThenBy(a => a.Name, StringComparer.Ordinal)
        .Select(scaler => new Observation(
            index.Find(scaler.Component)?.Id ?? "",
            $"horizontalpodautoscaler/{scaler.Namespace}/{scaler.Name} spec.scaleTargetRef",
            index.Find(scaler.Component) is null ? "leads to nothing" : scaler.Component,
            index.Find(scaler.Component) is null ? Answer.Violated : Answer.Satisfied));
}
