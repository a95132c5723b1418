using System.Globalization;
using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>What is wrong already. A component that is ill is mended, not tested.</summary>
internal static class LiveRules
{
    /// <summary>One or two restarts happen in every cluster; from here on something is wrong.</summary>
    private const int RestartsMax = 5;

    /// <summary>The guard's usual limit: above it a run would abort before its fault began.</summary>
    private const double ErrorShareMax = 0.05;

    /// <summary>Fewer calls than this say nothing about a rate.</summary>
    private const long CallsMin = 20;

    private static readonly TimeSpan LatencyMax = TimeSpan.FromSeconds(2);

    public static IEnumerable<Rule> All =>
    [
        new("WK-RESTARTS", 1, "Pods restart again and again", Severity.Medium, ["pods"], [], Restarts) { FixFirst = true },
        new("WK-NOTREADY", 1, "Fewer pods are ready than are wanted", Severity.Medium, ["pods"], [], NotReady) { FixFirst = true },
        new("WK-EDGE-ERRORS", 1, "Calls on an edge fail already", Severity.Medium, ["pods"], [], Errors) { FixFirst = true },
        new("WK-EDGE-SLOW", 1, "Calls on an edge are slow already", Severity.Medium, ["pods"], ["NET-2"], Slow),
        new("WK-NODE-NOTREADY", 1, "A node is not ready or takes no pods", Severity.Medium, ["nodes"], [], Nodes),
    ];

    private static IEnumerable<Observation> Restarts(TopologyIndex index) => index.LongRunning.Where(component => component.Pods.Count > 0)
        .Select(component =>
        {
            var most = component.Pods.Max(pod => pod.Restarts);
            return Look.At(component, "pods status.containerStatuses[].restartCount", $"at most {Look.Count(most, "restart")} of one pod", most > RestartsMax);
        });

    private static IEnumerable<Observation> NotReady(TopologyIndex index) => index.LongRunning.Select(component =>
        Look.At(component, "status.readyReplicas", $"{component.Ready} of {component.Replicas} ready", component.Ready < component.Replicas));

    private static IEnumerable<Observation> Errors(TopologyIndex index) =>
        from edge in Observed(index)
        let share = (double)edge.Traffic!.Errors / edge.Traffic.Requests
        select Call(edge, string.Create(CultureInfo.InvariantCulture, $"{share:P1} of {edge.Traffic!.Requests} calls failed"), share > ErrorShareMax);

    private static IEnumerable<Observation> Slow(TopologyIndex index) =>
        from edge in Observed(index)
        let p95 = edge.Traffic!.LatencyP95
        select Call(edge, string.Create(CultureInfo.InvariantCulture, $"95 % of calls within {p95.TotalMilliseconds:0} ms"), p95 > LatencyMax);

    private static IEnumerable<Dependency> Observed(TopologyIndex index) => index.Components
        .SelectMany(index.DependenciesOf).Where(edge => edge.Traffic is { Requests: >= CallsMin });

    private static Observation Call(Dependency edge, string observed, bool violated) =>
        new(edge.From, $"{edge.From} calls {edge.To} traffic", observed, violated ? Answer.Violated : Answer.Satisfied) { Hits = [edge.To] };

    private static IEnumerable<Observation> Nodes(TopologyIndex index) => index.Topology.Nodes
        .OrderBy(node => node.Name, StringComparer.Ordinal)
        .Select(node => new Observation(
            "",
            $"node/{node.Name} status.conditions",
            !node.Ready ? "not ready" : node.Unschedulable ? "cordoned" : "ready",
            node.Ready && !node.Unschedulable ? Answer.Satisfied : Answer.Violated));
}
