using System.Globalization;
using Crater.Drivers;
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
        List<string> refuting = [.. Refuting(events, injections), .. NotComeBack(events, injections)];
        if (refuting.Count > 0)
        {
            return new VerdictReached(Verdict.Refuted, refuting);
        }

        List<string> doubts = [.. Doubts(events), .. injections.Doubts(), .. Shortages(events)];
        return doubts.Count > 0
            ? new VerdictReached(Verdict.Inconclusive, [.. doubts.Distinct()])
            : new VerdictReached(Verdict.Upheld, [.. Held(events)]);
    }

    // In place means: injected, seen to bite, and not yet certified gone.
    private static IEnumerable<string> Refuting(IReadOnlyList<JournalEvent> events, InjectionEvidence injections)
    {
        HashSet<int> inPlace = [];
        Dictionary<string, (int Count, string First)> misses = [];
        foreach (var entry in events)
        {
            switch (entry)
            {
                case InjectionInjected e when injections.Bit(e.Sequence):
                    inPlace.Add(e.Sequence);
                    break;
                case InjectionRecovered e:
                    inPlace.Remove(e.Sequence);
                    break;
                case GuardTripped { IsBlind: false } e when inPlace.Count > 0:
                    yield return $"Guard '{e.Guard}' tripped while {injections.Describe(inPlace)}: {e.Reason}";
                    break;
                case ProbeMeasured { When: ProbeMoment.During, Met: false } e when inPlace.Count > 0:
                    var first = $"'{e.Probe}' was {Quote(e.Seen)} instead of {e.Expected} while {injections.Describe(inPlace)}";
                    misses[e.Probe] = misses.TryGetValue(e.Probe, out var miss) ? miss with { Count = miss.Count + 1 } : (1, first);
                    break;
                default:
                    break;
            }
        }

        foreach (var (probe, miss) in misses)
        {
            yield return $"{miss.First} ({miss.Count} of {Measurements(events, probe).Count()} measurements).";
        }
    }

    private static IEnumerable<string> NotComeBack(IReadOnlyList<JournalEvent> events, InjectionEvidence injections) => injections.AnyBit
        ? LastAfter(events).Where(last => last.Met == false).Select(last =>
            $"'{last.Probe}' did not come back after recovery: it was {Quote(last.Seen)} instead of {last.Expected}.")
        : [];

    private static IEnumerable<string> Doubts(IReadOnlyList<JournalEvent> events)
    {
        foreach (var entry in events)
        {
            var doubt = entry switch
            {
                ProbeMeasured { When: ProbeMoment.Before, Met: not true } e => $"The steady state was not there before: '{e.Probe}' was {Quote(e.Seen)} instead of {e.Expected}.",
                AbortRequested e => $"Aborted by {e.By}: {e.Reason}",
                GuardTripped { IsBlind: true } e => $"Guard '{e.Guard}' could not see: {e.Reason}",
                GuardTripped e => $"Guard '{e.Guard}' tripped while no fault was known to be in place: {e.Reason}",
                RunInterrupted e => $"The run was interrupted: {e.Reason}",
                RunTakenOver e => $"The process that ran it ended before its time; {e.By} recovered it.",
                _ => "",
            };
            if (doubt.Length > 0)
            {
                yield return doubt;
            }
        }
    }

    private static IEnumerable<string> Shortages(IReadOnlyList<JournalEvent> events)
    {
        var probes = Probes(events);
        var guards = events.OfType<GuardWatched>().ToArray();
        if (probes.Count == 0 && guards.Length == 0)
        {
            yield return "Nothing was measured: the experiment has neither a hypothesis nor guards.";
        }

        foreach (var probe in probes)
        {
            var during = Measurements(events, probe).ToArray();
            var known = during.Count(one => one.Met is not null);
            if (known < Limits.MeasurementsMin || known < during.Length)
            {
                yield return $"'{probe}' could tell {known} of {during.Length} times with a fault in place; at least {Limits.MeasurementsMin}, and every one, are needed.";
            }

            if (LastAfter(events).FirstOrDefault(last => last.Probe == probe) is not { Met: true })
            {
                yield return $"'{probe}' was not known to be met after recovery.";
            }
        }

        foreach (var guard in guards.Where(guard => guard.Readings < Limits.MeasurementsMin))
        {
            yield return $"Guard '{guard.Guard}' had {guard.Readings} readings with a fault in place; at least {Limits.MeasurementsMin} are needed.";
        }
    }

    private static IEnumerable<string> Held(IReadOnlyList<JournalEvent> events) =>
    [
        .. Probes(events).Select(probe => $"'{probe}' was met in all of {Measurements(events, probe).Count()} measurements with a fault in place, and before and after."),
        .. events.OfType<GuardWatched>().Select(guard =>
            $"Guard '{guard.Guard}' held over {guard.Readings} readings between {Number(guard.Lowest)} and {Number(guard.Highest)}."),
    ];

    private static IReadOnlyList<string> Probes(IReadOnlyList<JournalEvent> events) =>
        [.. events.OfType<ProbeMeasured>().Select(one => one.Probe).Distinct()];

    private static IEnumerable<ProbeMeasured> Measurements(IReadOnlyList<JournalEvent> events, string probe) =>
        events.OfType<ProbeMeasured>().Where(one => one.Probe == probe && one.When == ProbeMoment.During);

    private static IEnumerable<ProbeMeasured> LastAfter(IReadOnlyList<JournalEvent> events) =>
        events.OfType<ProbeMeasured>().Where(one => one.When == ProbeMoment.After).GroupBy(one => one.Probe).Select(group => group.Last());

    private static string Quote(string seen) => $"'{(seen.Length <= 120 ? seen : seen[..120] + "…")}'";

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "nothing";
}
