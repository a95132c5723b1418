using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>What to do about it: from the risk of the catalogue that was tested and from the evidence of this run. Nothing is invented.</summary>
internal static class Recommending
{
    public static IReadOnlyList<Recommendation> From(ReportFacts facts, RiskNotes? risk)
    {
        List<Recommendation> advice = [.. Residue(facts)];
        var hit = facts.Impacts.Where(impact => impact.IsService && impact.WasHit == true).ToList();
        if (risk is not null && (hit.Count > 0 || facts.Verdict?.Verdict == Verdict.Refuted))
        {
            var because = hit.Count > 0
                ? $"{Wording.Name(hit[0].Metric)} left its normal band under {facts.FaultPhrase}."
                : facts.IsPlain ? "The steady state was lost when the method was played." : "The steady state was lost while the fault was in place.";
            advice.AddRange(risk.Prevention.Select(step => new Recommendation(step, because, $"risk {risk.Id}: {risk.Title}")));
            advice.AddRange(risk.Emergency.Select(step => new Recommendation($"Should it happen unplanned: {step}", because, $"risk {risk.Id}: {risk.Title}")));
        }

        advice.AddRange(facts.Blast.Targets.SelectMany(id => Manifest(id, facts, hit)));
        advice.AddRange(facts.Evidence.Events.OfType<GuardTripped>().Where(guard => guard.IsBlind).Select(guard => new Recommendation(
            $"Make the guard '{guard.Guard}' see: it stopped the run because it had no fresh value.", guard.Reason, "events.jsonl")));
        return advice;
    }

    private static IEnumerable<Recommendation> Residue(ReportFacts facts) => facts.Residue.Select(story => new Recommendation(
        $"Look at once whether {story.Injection.Fault.Name} is still on {story.Injection.Target.Id}: {InspectWith(story)}",
        story.RecoveryFailed?.Reason ?? "The journal has no clean certificate for it.", "events.jsonl"));

    public static string InspectWith(InjectionStory story) =>
        story.RecoveryFailed?.InspectWith is { Length: > 0 } command ? command : $"craterctl recover {story.Injection.Run}";

    // Only where users or a component felt it, and only what the discovered manifest really lacks.
    private static IEnumerable<Recommendation> Manifest(string id, ReportFacts facts, List<Impact> hit)
    {
        if (hit.Count == 0 || facts.Evidence.Topology?.Components.FirstOrDefault(component => component.Id == id) is not { } component)
        {
            yield break;
        }

        var name = component.Name;
        var faults = facts.Stories.Where(story => story.Injection.Target.Component == id).Select(story => story.Injection.Fault.Name).ToHashSet();
        if (component.Replicas == 1 && faults.Overlaps(["pod-kill", "pod-failure", "process-stop", "node-drain"]))
        {
            yield return new Recommendation($"Run {name} with more than one replica, on more than one node.",
                $"It has a single replica, and losing it was felt: {Felt(hit, facts)}.", $"topology.json: {id}");
        }

        if (component.Containers.Any(container => container.Readiness is null) && faults.Overlaps(["pod-kill", "pod-failure", "process-stop"]))
        {
            yield return new Recommendation($"Give {name} a readiness probe, so that it gets no traffic before it can serve.",
                $"It has none, and {Felt(hit, facts)}.", $"topology.json: {id}");
        }

        if (component.Containers.Any(container => container.MemoryLimit is null) && faults.Contains("memory-fill"))
        {
            yield return new Recommendation($"Give {name} a memory limit.", $"It has none, and {Felt(hit, facts)}.", $"topology.json: {id}");
        }

        if (component.IsArticulationPoint)
        {
            yield return new Recommendation($"Let the callers of {name} answer without it (a cached or reduced answer, a timeout).",
                $"Its loss cuts the graph, and {Felt(hit, facts)}.", $"topology.json: {id}");
        }
    }

    private static string Felt(List<Impact> hit, ReportFacts facts) =>
        $"{Wording.Name(hit[0].Metric).ToLowerInvariant()} was at worst {facts.Book.Worst(hit[0])}";
}
