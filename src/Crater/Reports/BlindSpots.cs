using Crater.Drivers;
using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>What could not be measured. A report that leaves this out reads like a pass.</summary>
internal static class BlindSpots
{
    public static IReadOnlyList<string> From(ReportFacts facts)
    {
        // A run that needs no cluster has no topology, and misses nothing by it.
        List<string> blind = [.. facts.Evidence.Missing.Where(line => !facts.IsPlain || line != RunEvidence.NoTopology)];
        if (facts.IsPlain)
        {
            blind.AddRange(PlainFindings.Blind(facts));
        }

        if (facts.Of(KnownMetrics.ErrorRate) is null && facts.Window is not null)
        {
            blind.Add("What users saw was not measured: no load ran beside the experiment and no source had an error rate for the application.");
        }

        blind.AddRange(facts.Impacts.Where(impact => impact.Band is null).Select(impact =>
            $"{Name(impact)}: too few seconds were measured before the fault, so there is nothing to compare with."));
        blind.AddRange(facts.Impacts.Where(impact => impact.Band is not null && impact.During is null).Select(impact =>
            $"{Name(impact)}: no value while the fault was in place."));
        blind.AddRange(Gaps(facts));
        blind.AddRange(facts.Blast.Unseen.Where(id => !facts.Blast.Observed.ContainsKey(id)).Select(id =>
            $"{id}: predicted to be hit, but nothing was measured there."));
        blind.AddRange((facts.Evidence.Topology?.Unknown ?? []).Select(hidden =>
            $"Topology: {hidden.Resource}{(hidden.Namespace.Length > 0 ? $" in {hidden.Namespace}" : "")} could not be read: {hidden.Reason}"));
        blind.AddRange(facts.Evidence.Events.OfType<GuardTripped>().Where(guard => guard.IsBlind).Select(guard => $"Guard '{guard.Guard}' was blind: {guard.Reason}"));
        blind.AddRange(facts.Evidence.Events.OfType<ProbeMeasured>().Where(probe => probe.Met is null)
            .GroupBy(probe => (probe.Probe, probe.Seen)).Select(group => $"Probe '{group.Key.Probe}' could not tell: {group.Key.Seen}"));
        blind.AddRange(facts.Stories.Where(story => story.Injected is not null && story.Seen.All(seen => seen.Presence == Presence.Unknown)).Select(story =>
            $"Nobody saw {story.Injection.Fault.Name} on {story.Injection.Target.Id} while it should have been in place."));
        blind.AddRange(facts.Stories.Where(story => story.Recovered is { Certificate.IsAttested: true }).Select(story =>
            $"That {story.Injection.Fault.Name} is off {story.Injection.Target.Id} was not seen by us everywhere: {story.Recovered!.Certificate.Unseen}"));
        return blind;
    }

    private static IEnumerable<string> Gaps(ReportFacts facts)
    {
        if (facts.Window is not { } window)
        {
            yield break;
        }

        var seconds = (int)(window.FaultToSecond - window.FaultFromSecond).TotalSeconds;
        foreach (var impact in facts.Impacts.Where(impact => impact.Component.Length == 0 && impact.During is { } during && during.Count < seconds * 0.8))
        {
            yield return $"{Name(impact)}: measured in only {facts.Book.Measured(impact.Series, Statistic.Seconds, window.FaultFromSecond, window.FaultToSecond)} "
                + "of the seconds in which the fault was in place.";
        }
    }

    private static string Name(Impact impact) => Wording.Name(impact.Metric) + (impact.Component.Length > 0 ? $" of {impact.Component}" : "");
}
