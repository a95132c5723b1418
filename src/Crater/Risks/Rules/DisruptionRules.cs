using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>May a planned disturbance take everything at once?</summary>
internal static class DisruptionRules
{
    private static readonly IReadOnlyList<string> Reads = ["poddisruptionbudgets"];

    public static IEnumerable<Rule> All =>
    [
        new("WK-PDB", 1, "No disruption budget: a drain may evict every replica at once", Severity.Medium, Reads, ["ND-1"], Budget),
        new("WK-PDB-BLOCK", 1, "A disruption budget that allows none blocks every drain", Severity.Medium, Reads, ["ND-1"], Blocking),
    ];

    private static IEnumerable<Observation> Budget(TopologyIndex index) => index.LongRunning
        .Where(component => component.Replicas > 1 && component.Kind != Targets.TargetKind.DaemonSet)
        .Select(component =>
        {
            var budget = index.Topology.DisruptionBudgets.FirstOrDefault(b => b.Components.Contains(component.Id));
            var together = PlacementRules.Together(component);
            return Look.At(component, "poddisruptionbudget", budget is null ? "none covers it" : $"{budget.Namespace}/{budget.Name}", budget is null) with
            {
                // Replicas that are spread out lose one at a time; those on one node go together.
                Severity = together ? Severity.High : Severity.Medium,
            };
        });

    private static IEnumerable<Observation> Blocking(TopologyIndex index) =>
        from budget in index.Topology.DisruptionBudgets.OrderBy(b => b.Namespace, StringComparer.Ordinal).ThenBy(b => b.Name, StringComparer.Ordinal)
        from id in budget.Components
        let component = index.Find(id)
        where component is { Replicas: > 0 }
        let none = budget.MaxUnavailable is "0" or "0%" || budget.MinAvailable == "100%"
            || (int.TryParse(budget.MinAvailable, out var min) && min >= component.Replicas)
        select new Observation(
            id,
            $"poddisruptionbudget/{budget.Namespace}/{budget.Name} {(budget.MaxUnavailable.Length > 0 ? "spec.maxUnavailable" : "spec.minAvailable")} for {id}",
            $"{(budget.MaxUnavailable.Length > 0 ? "maxUnavailable " + budget.MaxUnavailable : "minAvailable " + budget.MinAvailable)} of {component.Replicas}",
            none ? Answer.Violated : Answer.Satisfied)
        { Severity = component.Replicas == 1 ? Severity.Low : Severity.Medium };
}
