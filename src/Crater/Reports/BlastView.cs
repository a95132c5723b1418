using Crater.Discovery;

namespace Crater.Reports;

/// <summary>What the topology let us expect to be hit, and what was seen to be hit.</summary>
/// <param name="Targets">Ids of the components that a fault was put on.</param>
/// <param name="Predicted">Ids of the components that depend on a target, directly or through others, nearest first.</param>
/// <param name="Observed">Ids of the components with a metric that left its normal band, with what was seen.</param>
/// <param name="Unseen">Predicted ids for which nothing was measured: neither hit nor spared, unknown.</param>
public sealed record BlastView(
    IReadOnlyList<string> Targets, IReadOnlyList<string> Predicted, IReadOnlyDictionary<string, string> Observed, IReadOnlyList<string> Unseen)
{
    public static BlastView From(RunEvidence evidence, IReadOnlyList<InjectionStory> stories, IReadOnlyList<Impact> impacts, FigureBook book)
    {
        var targets = stories.Select(story => story.Injection.Target.Component).Where(id => id.Length > 0).Distinct().ToList();
        var predicted = Dependents(evidence.Topology, targets);
        var watched = impacts.Where(impact => impact.Component.Length > 0 && impact.IsService && impact.WasHit is not null).ToLookup(impact => impact.Component);
        var observed = impacts.Where(impact => impact.Component.Length > 0 && impact.IsService && impact.WasHit == true).GroupBy(impact => impact.Component)
            .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(impact =>
                $"{Wording.Name(impact.Metric).ToLowerInvariant()} {book.Usual(impact, impact.Window.BaselineFrom, impact.Window.BaselineTo)} → {book.Worst(impact)}")));
        return new BlastView(targets, predicted, observed, [.. predicted.Where(id => !watched.Contains(id))]);
    }

    // Breadth first against the direction of the calls: whoever depends on a target may feel its loss.
    private static List<string> Dependents(Topology? topology, IReadOnlyList<string> targets)
    {
        var callers = (topology?.Dependencies ?? []).ToLookup(dependency => dependency.To, dependency => dependency.From);
        List<string> found = [];
        var seen = targets.ToHashSet();
        var next = new Queue<string>(targets);
        while (next.TryDequeue(out var id))
        {
            foreach (var caller in callers[id].Where(seen.Add))
            {
                found.Add(caller);
                next.Enqueue(caller);
            }
        }

        return found;
    }
}
