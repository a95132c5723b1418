using System.Globalization;
using Crater.Targets;

namespace Crater.Discovery;

/// <summary>How bad it would be to lose a component, from 0 to 1, with the reasons.</summary>
/// <remarks>
/// The weights order components for a reader; they are a judgement, not a measurement. An entry point alone comes out above the middle,
/// a component that everybody needs and that exists once at the top.
/// </remarks>
public static class CriticalityAnalysis
{
    private const double EntryPoint = 0.4;
    private const double FanIn = 0.4;
    private const double CutsGraph = 0.1;
    private const double SinglePointOfFailure = 0.25;
    private const double HoldsData = 0.1;

    /// <summary>Somebody would notice the loss of anything that runs.</summary>
    private const double Least = 0.05;

    private static readonly Dictionary<string, double> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["critical"] = 1,
        ["high"] = 0.9,
        ["true"] = 1,
        ["yes"] = 1,
        ["medium"] = 0.5,
        ["low"] = 0.2,
        ["none"] = 0,
        ["false"] = 0.2,
        ["no"] = 0.2,
    };

    /// <param name="component">With tier and entry point known.</param>
    public static (double Criticality, IReadOnlyList<string> Reasons) Of(
        Component component, DependencyGraph graph, IReadOnlyDictionary<string, int> articulationPoints)
    {
        if (Explicit(component) is { } stated)
        {
            return stated;
        }

        var (score, reasons) = (Least, new List<string>());
        if (component.IsEntryPoint)
        {
            Add(EntryPoint, "entry point: traffic from outside arrives here");
        }

        var dependents = graph.AllDependentsOf(component.Id);
        if (dependents.Count > 0)
        {
            var share = (double)dependents.Count / Math.Max(1, graph.Ids.Count - 1);
            var entry = graph.EntryPoints.Any(dependents.Contains) ? ", an entry point among them" : "";
            Add(FanIn * share + (entry.Length > 0 ? 0.1 : 0), $"{dependents.Count} of {graph.Ids.Count - 1} other components depend on it{entry}");
        }

        if (articulationPoints.TryGetValue(component.Id, out var cut))
        {
            var isSingle = component.Replicas == 1 && component.Kind != TargetKind.DaemonSet;
            var others = $"its loss cuts off {cut} other{(cut == 1 ? "" : "s")}";
            Add(isSingle ? SinglePointOfFailure : CutsGraph, isSingle ? $"single point of failure: one replica, and {others}" : others);
        }

        // A component of the queue tier that calls others works on messages; the broker itself keeps them.
        if (component.Tier == Tier.Data || (component.Tier == Tier.Queue && !graph.DependenciesOf(component.Id).Any()))
        {
            Add(HoldsData, component.Tier == Tier.Data ? "holds data" : "holds messages");
        }

        return (Math.Round(Math.Min(1, score), 2), reasons);

        void Add(double weight, string reason)
        {
            score += weight;
            reasons.Add(reason);
        }
    }

    private static (double, IReadOnlyList<string>)? Explicit(Component component)
    {
        (string Key, string? Value)[] places =
        [
            ("annotation crater.dev/criticality", component.Policy.Declared.GetValueOrDefault("criticality")),
            ("label crater.dev/criticality", component.Labels.GetValueOrDefault("crater.dev/criticality")),
            ("label criticality", component.Labels.GetValueOrDefault("criticality")),
            ("label critical", component.Labels.GetValueOrDefault("critical")),
        ];
        foreach (var (key, value) in places.Where(place => place.Value is not null))
        {
            if (Words.TryGetValue(value!, out var score)
                || (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out score) && score is >= 0 and <= 1))
            {
                return (score, [$"{key}={value}"]);
            }
        }

        return null;
    }
}
