using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports.Causes;

/// <summary>What the run lost while a fault was in place, as far as it was measured.</summary>
internal sealed record Harm
{
    /// <summary>What users felt, worst first.</summary>
    public required IReadOnlyList<Impact> Users { get; init; }

    /// <summary>Components that felt it, without what the fault itself did to its target.</summary>
    public required IReadOnlyList<Impact> Components { get; init; }

    /// <summary>The first miss of each probe while a fault was in place.</summary>
    public required IReadOnlyList<ProbeMeasured> Missed { get; init; }

    /// <summary>Guards that saw what must not be.</summary>
    public required IReadOnlyList<GuardTripped> Tripped { get; init; }

    /// <summary>A probe missed its tolerance before anything was done: whatever came after may have another cause.</summary>
    public required bool WasUnwell { get; init; }

    /// <summary>Something was measured by which a loss would have been seen.</summary>
    public required bool WasWatched { get; init; }

    public bool IsSeen => Users.Count + Components.Count + Missed.Count + Tripped.Count > 0;

    public static Harm From(ReportFacts facts, Spread spread)
    {
        var probes = facts.Evidence.Events.OfType<ProbeMeasured>().ToList();
        var during = probes.Where(probe => probe is { When: ProbeMoment.During, IsWithoutFault: false }).ToList();
        return new Harm
        {
            Users = [.. facts.UserImpacts.Where(impact => impact.WasHit == true)],
            Components =
            [
                .. facts.Impacts.Where(impact => impact.Component.Length > 0 && impact is { IsService: true, WasHit: true } && !IsTheFaultItself(impact, spread)),
            ],
            Missed = [.. during.Where(probe => probe.Met == false).GroupBy(probe => probe.Probe).Select(group => group.First())],
            Tripped = [.. facts.Evidence.Events.OfType<GuardTripped>().Where(guard => !guard.IsBlind && guard.At >= facts.Window?.FaultFrom)],
            WasUnwell = probes.Any(probe => probe is { When: ProbeMoment.Before, Met: false }),
            WasWatched = facts.UserImpacts.Any(impact => impact.WasHit is not null) || during.Any(probe => probe.Met is not null),
        };
    }

    // That a killed pod is not ready is what was done, not what came of it.
    private static bool IsTheFaultItself(Impact impact, Spread spread) => impact.Metric == KnownMetrics.ReadyReplicas && spread.Hit.Contains(impact.Component);
}
