using Crater.Journals;

namespace Crater.Runs;

/// <summary>
/// What a run says about its hypothesis: a pure function of its journal. Fresh data beyond a tolerance or guard while a fault is known to be in
/// place refutes it, whatever else happened; held throughout with enough data upholds it; everything else is inconclusive.
/// </summary>
public static class VerdictRules
{
    public static VerdictReached Decide(IReadOnlyList<JournalEvent> events)
    {
        var injections = InjectionEvidence.Of(events);
        var measured = MeasurementEvidence.Of(events, injections);
        var plain = PlainVerdict.Of(events, measured);
        List<string> refuting = plain is not null ? [.. plain.Refuting()] : [.. Refuting(measured), .. NotComeBack(measured, injections)];
        if (refuting.Count > 0)
        {
            return new VerdictReached(Verdict.Refuted, refuting);
        }

        List<string> doubts = [.. Doubts(events), .. plain is not null ? plain.Doubts() : injections.Doubts().Concat(Shortages(measured))];
        return doubts.Count > 0
            ? new VerdictReached(Verdict.Inconclusive, [.. doubts.Distinct()])
            : new VerdictReached(Verdict.Upheld, [.. plain is not null ? plain.Held() : Held(measured)]);
    }

    private static IEnumerable<string> Refuting(MeasurementEvidence measured) =>
    [
        .. measured.GuardMisses,
        .. measured.Probes.Where(probe => probe.Misses > 0).Select(probe => $"{probe.FirstMiss} ({probe.Misses} of {probe.WithFault} measurements)."),
    ];

    private static IEnumerable<string> NotComeBack(MeasurementEvidence measured, InjectionEvidence injections) => injections.AnyBit
        ? measured.Probes.Select(probe => probe.After).OfType<ProbeMeasured>().Where(last => last.Met == false).Select(last =>
            $"'{last.Probe}' did not come back after recovery: it was {ProbeEvidence.Quote(last.Seen)} instead of {last.Expected}.")
        : [];

    // What speaks against any verdict, whatever the run was about.
    private static IEnumerable<string> Doubts(IReadOnlyList<JournalEvent> events)
    {
        var isResumed = events.Any(entry => entry is RunResumed { Choice: RunResumed.Continue });
        foreach (var entry in events)
        {
            var doubt = entry switch
            {
                ProbeMeasured { When: ProbeMoment.Before, Met: not true } e => $"The steady state was not there before: {ProbeEvidence.Instead(e)}.",
                AbortRequested e => $"Aborted by {e.By}: {e.Reason}",
                GuardTripped { IsBlind: true } e => $"Guard '{e.Guard}' could not see: {e.Reason}",
                GuardTripped e => $"Guard '{e.Guard}' tripped while no fault was known to be in place: {e.Reason}",
                RunInterrupted e => $"The run was interrupted: {$"{e.Code} {e.Reason}".TrimStart()}",
                RunTakenOver e when !isResumed => $"The process that ran it ended before its time; {e.By} recovered it.",
                _ => "",
            };
            if (doubt.Length > 0)
            {
                yield return doubt;
            }
        }
    }

    private static IEnumerable<string> Shortages(MeasurementEvidence measured)
    {
        if (measured.Probes.Count == 0 && measured.Guards.Count == 0)
        {
            yield return "Nothing was measured: the experiment has neither a hypothesis nor guards.";
        }

        foreach (var probe in measured.Probes)
        {
            if (probe.KnownWithFault < Limits.MeasurementsMin || probe.KnownWithFault < probe.WithFault)
            {
                yield return $"'{probe.Name}' could tell {probe.KnownWithFault} of {probe.WithFault} times with a fault in place; at least {Limits.MeasurementsMin}, and every one, are needed.";
            }

            if (probe.After is not { Met: true })
            {
                yield return $"'{probe.Name}' was not known to be met after recovery.";
            }
        }

        foreach (var guard in measured.Guards.Where(guard => guard.Readings < Limits.MeasurementsMin))
        {
            yield return $"Guard '{guard.Guard}' had {guard.Readings} readings with a fault in place; at least {Limits.MeasurementsMin} are needed.";
        }
    }

    private static IEnumerable<string> Held(MeasurementEvidence measured) =>
    [
        .. measured.Probes.Select(probe => $"'{probe.Name}' was met in all of {probe.WithFault} measurements with a fault in place, and before and after."),
        .. measured.GuardsHeld(),
    ];
}
