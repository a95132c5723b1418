using Crater.Advice;
using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Tests.Advice.Recall;

/// <summary>A suggestion reduced to what the answer key asks for.</summary>
/// <param name="Component">Name of the component that is hit.</param>
internal sealed record Suggestion(string Component, string Fault);

/// <summary>How well suggestions meet the answer key.</summary>
internal static class RecallScore
{
    /// <summary>The place of the first right suggestion, from 1; 0 when none is right.</summary>
    public static int Place(IReadOnlyList<Suggestion> suggestions, Weakness weakness, IReadOnlyDictionary<string, string>? aliases = null)
    {
        var hits = weakness.Hits.Select(name => aliases?[name] ?? name).ToArray();
        for (var i = 0; i < suggestions.Count; i++)
        {
            if (hits.Contains(suggestions[i].Component) && weakness.Faults.Contains(suggestions[i].Fault))
            {
                return i + 1;
            }
        }

        return 0;
    }

    public static double RecallAt(int k, IReadOnlyCollection<int> places) => (double)places.Count(place => place > 0 && place <= k) / places.Count;

    public static double MeanReciprocalRank(IReadOnlyCollection<int> places) => places.Average(place => place == 0 ? 0 : 1.0 / place);

    public static IReadOnlyList<Suggestion> Advised(Topology topology, int count) =>
    [
        .. Advisor.Propose(topology, RiskCatalogue.BuiltIn, new AdviceOptions { Count = count }).Proposals
            .Select(proposal => new Suggestion(proposal.Component.Split('/')[^1], proposal.Fault.Name)),
    ];

    /// <summary>Every fault on every component that it can hit: what someone without advice chooses from.</summary>
    public static IReadOnlyList<Suggestion> Everything(Topology topology) =>
    [
        .. from component in topology.Components
           from fault in FaultCatalogue.All
           where fault.Targets[0] != TargetKind.Deployment || component.Kind == TargetKind.Deployment
           select new Suggestion(component.Name, fault.Name),
    ];

    public static IReadOnlyList<Suggestion> Random(Topology topology, int count, int seed)
    {
        var all = Everything(topology).ToArray();
        new Random(seed).Shuffle(all);
        return all[..count];
    }

    /// <summary>Component after component, fault after fault, from a place that the seed gives.</summary>
    public static IReadOnlyList<Suggestion> RoundRobin(Topology topology, int count, int seed)
    {
        var components = topology.Components.Select(component => component.Name).Distinct().Order(StringComparer.Ordinal).ToArray();
        var faults = FaultCatalogue.All.Select(fault => fault.Name).ToArray();
        return [.. Enumerable.Range(seed, count).Select(i => new Suggestion(components[i % components.Length], faults[i % faults.Length]))];
    }
}
