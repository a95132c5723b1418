using Crater.Drivers;
using Crater.Journals;

namespace Crater.Reports;

/// <summary>The journal and the measurements in order of time, in sentences.</summary>
internal static class Timeline
{
    public static IReadOnlyList<TimelineEntry> From(ReportFacts facts)
    {
        List<TimelineEntry> entries = [];
        foreach (var entry in News(facts.Evidence.Events))
        {
            if (Text(entry, facts) is var (text, alarm))
            {
                entries.Add(new TimelineEntry(entry.At, facts.Book.Clock(entry), Offset(entry, facts), text, alarm));
            }
        }

        entries.AddRange(facts.UserImpacts.Where(impact => impact.WasHit == true).SelectMany(impact => Measurements(impact, facts)));
        return [.. entries.OrderBy(entry => entry.At)];
    }

    /// <summary>Probes and looks repeat every second; only a change is worth a line.</summary>
    public static IEnumerable<JournalEvent> News(IEnumerable<JournalEvent> events)
    {
        var probes = new Dictionary<(string, ProbeMoment), bool?>();
        var seen = new Dictionary<int, Presence>();
        return events.Where(entry => IsNews(entry, probes, seen)).ToList();
    }

    private static bool IsNews(JournalEvent entry, Dictionary<(string, ProbeMoment), bool?> probes, Dictionary<int, Presence> seen)
    {
        switch (entry)
        {
            case ProbeMeasured probe:
                var known = probes.TryGetValue((probe.Probe, probe.When), out var met);
                probes[(probe.Probe, probe.When)] = probe.Met;
                return !known || met != probe.Met;
            case InjectionSeen look:
                var looked = seen.TryGetValue(look.Sequence, out var presence);
                seen[look.Sequence] = look.Presence;
                return !looked || presence != look.Presence;
            default:
                return true;
        }
    }

    private static (string Text, bool Alarm)? Text(JournalEvent entry, ReportFacts facts)
    {
        string Story(int sequence) => facts.Stories.FirstOrDefault(story => story.Injection.Sequence == sequence) is { } story
            ? $"{story.Injection.Fault.Name} on {story.Injection.Target.Id}"
            : $"injection {sequence}";
        return entry switch
        {
            RunPlanned => (facts.IsPlain ? "Run planned; Crater injects nothing." : $"Run planned: {facts.FaultPhrase}.", false),
            ProbeMeasured { Met: true } e => ($"Probe '{e.Probe}' met its tolerance {Moment(e.When, facts)}: {facts.Book.Shortened(e.Seen)}.", false),
            ProbeMeasured { Met: false } e => ($"Probe '{e.Probe}' missed its tolerance {Moment(e.When, facts)}: saw {facts.Book.Shortened(e.Seen)}, expected {e.Expected}.", true),
            ProbeMeasured e => ($"Probe '{e.Probe}' could not tell {Moment(e.When, facts)}: {facts.Book.Shortened(e.Seen)}.", true),
            TargetClaimed e => ($"Claimed {e.Target}.", false),
            InjectionIntended e => ($"About to inject {Story(e.Injection.Sequence)} through driver '{e.Driver}'.", false),
            InjectionInjected e => ($"Injected {Story(e.Sequence)}: {e.Mechanism}.", false),
            InjectionFailed e => ($"Injecting {Story(e.Sequence)} failed: {e.Reason}", true),
            InjectionSeen e => ($"Looked at {Story(e.Sequence)}: {e.Presence.ToString().ToLowerInvariant()}. {e.Evidence}", e.Presence == Presence.Unknown),
            ActivityStarted e => ($"Activity '{e.Name}' started.", false),
            ActivityAttempted e => ($"Attempt {e.Attempt} of '{e.Name}' {e.Status}{(e.Met == false ? ", and was not what it waits for" : "")}.", e.Status != "succeeded"),
            ActivityCut e => ($"Activity '{e.Name}' was cut in the middle.", true),
            RunResumed e => (e.Choice == RunResumed.Continue ? $"The run goes on{(e.From.Length > 0 ? $" with {e.From}" : "")}." : "The rollbacks are played.", false),
            ActivityFinished e => ($"Activity '{e.Name}' {e.Status}.", e.Status != "succeeded"),
            GuardTripped e => ($"Guard '{e.Guard}' tripped: {e.Reason}", true),
            AbortRequested e => ($"Abort by {e.By}: {e.Reason}", true),
            RunInterrupted e => ($"The run could not go on: {e.Code} {e.Reason}", true),
            RunTakenOver e => ($"The process that began the run was gone; {e.By} took over.", true),
            JournalMended => ("A line of the journal that a crash had cut was taken off.", true),
            InjectionLifted e => ($"{Capital(Story(e.Sequence))} was taken off.", false),
            RecoveryIntended e => ($"Recovery of {Story(e.Sequence)} began.", false),
            InjectionRecovered { Certificate.IsAttested: true } e => ($"Recovered {Story(e.Sequence)}; attested, not seen: {e.Certificate.Unseen}", false),
            InjectionRecovered { Certificate.IsClean: true } e => ($"Recovered {Story(e.Sequence)}; certificate clean.", false),
            InjectionRecovered e => ($"Recovered {Story(e.Sequence)}, but it could not be proven: {e.Certificate.Evidence}", true),
            RecoveryFailed e => ($"RECOVERY FAILED for {Story(e.Sequence)}: {e.Reason}", true),
            VerdictReached e => ($"Verdict: {e.Verdict.ToString().ToLowerInvariant()}.", e.Verdict == Verdict.Refuted),
            RunClosed => (facts.IsPlain ? "Run closed." : "Run closed; nothing is left in place.", false),
            _ => null,
        };
    }

    private static IEnumerable<TimelineEntry> Measurements(Impact impact, ReportFacts facts)
    {
        var name = Wording.Name(impact.Metric);
        if (impact.WorstAt is { } worst)
        {
            var text = $"{name} at its worst: {facts.Book.Worst(impact)}.";
            var begin = impact.Window.FaultBegin;
            yield return worst < begin.At
                ? new TimelineEntry(begin.At, facts.Book.Clock(begin), Offset(begin, facts), text, IsAlarm: true)
                : At(worst, text, facts, alarm: true);
        }

        if (impact.FromStart is { At: { } back, LeftBand: true } && !impact.IsStillOut)
        {
            yield return At(back, $"{name} as before again, {facts.Book.Recovery(impact, fromStart: true)} after the fault began.", facts, alarm: false);
        }
    }

    // Measurements have whole seconds; their clock text is the line's own "at" in metrics.csv.
    private static TimelineEntry At(DateTimeOffset at, string text, ReportFacts facts, bool alarm) =>
        new(at, facts.Book.Line(at), facts.Book.LineOffset(facts.Origin, at), text, alarm);

    private static string Offset(JournalEvent entry, ReportFacts facts) => facts.Book.Between(facts.Origin, entry, Wording.Offset);

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Moment(ProbeMoment when, ReportFacts facts) => when switch
    {
        ProbeMoment.Before when facts.IsPlain => "before the method",
        ProbeMoment.During when facts.IsPlain => "beside the method",
        _ when facts.IsPlain => "after the method",
        ProbeMoment.Before => "before the fault",
        ProbeMoment.During => "during the fault",
        _ => "after the fault",
    };
}
