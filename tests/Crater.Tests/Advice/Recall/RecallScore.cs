using Crater.Discovery;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Tests.Advice.Recall;

/// <summary>A suggestion reduced to what the answer key asks for.</summary>
/// <param name="Component">Id of the component that is hit, e.g. <c>statefulset/shop/orders-db</c>.</param>
internal sealed record Suggestion(string Component, string Fault)
{
    /// <summary>The answer key names components by name, or by namespace and name where that is not enough.</summary>
    public bool Shows(Weakness weakness) =>
        weakness.Faults.Contains(Fault) && weakness.Hits.Any(hit => Component == hit || Component.EndsWith('/' + hit, StringComparison.Ordinal));
}

/// <summary>How well suggestions meet the answer key.</summary>
internal static class RecallScore
{
    /// <summary>The place of the first right suggestion, from 1; 0 when none is right.</summary>
    public static int Place(IReadOnlyList<Suggestion> suggestions, Weakness weakness)
    {
        for (var i = 0; i < suggestions.Count; i++)
        {
            if (suggestions[i].Shows(weakness))
            {
                return i + 1;
            }
        }

        return 0;
    }

    public static double RecallAt(int k, IReadOnlyCollection<int> places) => (double)places.Count(place => place > 0 && place <= k) / places.Count;

    /// <summary>The share of the first k suggestions that show something planted. One that is sensible but about something else counts as wrong.</summary>
    public static double PrecisionAt(int k, IReadOnlyList<Suggestion> suggestions, IReadOnlyList<Weakness> planted) =>
        (double)suggestions.Take(k).Count(suggestion => planted.Any(suggestion.Shows)) / k;

    /// <summary>Every fault that the drivers at hand can do, on every component that it can hit: what someone without advice chooses from.</summary>
    public static IReadOnlyList<Suggestion> Everything(Topology topology) =>
    [
        .. from component in topology.Components
           from fault in FaultCatalogue.All
           where CanHit(fault, component)
           select new Suggestion(component.Id, fault.Name),
    ];

    /// <summary>The suggestion names a component that is there and a fault that can be done to it.</summary>
    public static bool IsValid(Suggestion suggestion, Topology topology) =>
        topology.Components.FirstOrDefault(component => component.Id == suggestion.Component) is { } component
        && FaultCatalogue.Variants(suggestion.Fault).Any(fault => CanHit(fault, component));

    private static bool CanHit(FaultDefinition fault, Component component) =>
        !fault.IsForHosts && fault.Drivers.Any(driver => driver is "kubernetes" or "lab") && component.Replicas > 0 && fault.Targets[0] switch
        {
            TargetKind.Pod => component.Selector.Length > 0,
            TargetKind.Node => component.Pods.Any(pod => pod.Node.Length > 0),
            var kind => component.Kind == kind,
        };
}
