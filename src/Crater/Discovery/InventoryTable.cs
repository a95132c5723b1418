using System.Globalization;

namespace Crater.Discovery;

/// <summary>The components as rows of a table; the most critical first.</summary>
public sealed record InventoryTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <param name="withSelectors">Adds the selector that finds each component's pods.</param>
    public static InventoryTable From(Topology topology, bool withSelectors)
    {
        var names = topology.Components.ToDictionary(component => component.Id, component => component.Name);
        var calls = topology.Dependencies.ToLookup(edge => edge.From);
        return new InventoryTable(
            ["component", "namespace", "kind", "tier", "criticality", "replicas", "zones", "depends on", "why", .. Selector("selector")],
            [.. topology.Components
                .OrderByDescending(component => component.Criticality).ThenBy(component => component.Id, StringComparer.Ordinal)
                .Select(component => (IReadOnlyList<string>)
                    [.. Row(component, calls[component.Id].Select(edge => names.GetValueOrDefault(edge.To, edge.To))), .. Selector(component.Selector)])]);

        string[] Selector(string text) => withSelectors ? [text] : [];
    }

    private static IReadOnlyList<string> Row(Component component, IEnumerable<string> dependencies) =>
    [
        component.Name,
        component.Namespace,
        Targets.TargetId.Text(component.Kind),
        component.Tier.ToString().ToLowerInvariant(),
        component.Criticality.ToString("0.00", CultureInfo.InvariantCulture),
        $"{component.Ready}/{component.Replicas}",
        string.Join(", ", component.Pods.Select(pod => pod.Zone.Length > 0 ? pod.Zone : "?").Distinct().Order(StringComparer.Ordinal)),
        string.Join(", ", dependencies.Distinct().Order(StringComparer.Ordinal)),
        string.Join("; ", component.CriticalityReasons.Prepend($"tier: {component.TierReason}")),
    ];
}
