using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>What the run showed, in sentences with their figures. Nothing is said that was not measured.</summary>
internal static class Findings
{
    /// <summary>The one sentence for the end of a run: what was broken, the figure that matters most, how long until it was as before.</summary>
    public static string Line(ReportFacts facts)
    {
        if (facts.Residue is { Count: > 0 } residue)
        {
            return $"Finding: {facts.Book.Count(residue.Count, "fault", "events.jsonl")} may still be in place: "
                + string.Join(", ", residue.Select(story => $"{story.Injection.Fault.Name} on {story.Injection.Target.Id}")) + ".";
        }

        if (facts.IsPlain)
        {
            return PlainFindings.Line(facts);
        }

        if (facts.Window is null)
        {
            return "Finding: no fault was put in place, so nothing was tested.";
        }

        if (facts.UserImpacts.FirstOrDefault(impact => impact.WasHit == true) is { } hit)
        {
            return $"Finding: {facts.FaultPhrase} {Moved(hit, facts)}; {Back(hit, facts)}.";
        }

        if (facts.UserImpacts.FirstOrDefault(impact => impact.WasHit == false) is { } held)
        {
            return $"Finding: users did not feel {facts.FaultPhrase}: {Wording.Name(held.Metric).ToLowerInvariant()} was at worst "
                + $"{facts.Book.Worst(held)} (before: {Before(held, facts)}).";
        }

        if (facts.Impacts.FirstOrDefault(impact => impact.IsService && impact.WasHit == true) is { } component)
        {
            return $"Finding: {facts.FaultPhrase} {Moved(component, facts)}; what users saw was not measured.";
        }

        return $"Finding: {facts.FaultPhrase} was put in place and taken off; what users saw was not measured.";
    }

    public static IReadOnlyList<string> Key(ReportFacts facts) =>
    [
        .. facts.IsPlain ? PlainFindings.Key(facts) : [],
        .. facts.UserImpacts.Where(impact => impact.WasHit is not null).Select(impact => impact.WasHit == true
            ? $"{Capital(Moved(impact, facts, subject: true))}; {Back(impact, facts)}."
            : $"{Wording.Name(impact.Metric)} stayed as before: at worst {facts.Book.Worst(impact)} (before: {Before(impact, facts)})."),
        .. Errors(facts),
        .. facts.Blast.Observed.Select(hit => $"{Wording.Short(hit.Key)} was hit: {hit.Value}."),
        .. facts.Evidence.Events.OfType<GuardTripped>().Select(guard => facts.Window is { } window && guard.At >= window.FaultFrom
            ? $"Guard '{guard.Guard}' stopped the run {facts.Book.Between(window.FaultBegin, guard)} after the fault began: {guard.Reason}"
            : $"Guard '{guard.Guard}' stopped the run: {guard.Reason}"),
        .. Recoveries(facts),
    ];

    public static IReadOnlyList<string> WhatHappened(ReportFacts facts)
    {
        List<string> sentences = [];
        if (facts.Evidence.Document is { Description.Length: > 0 } document)
        {
            sentences.Add(document.Description.Trim());
        }

        if (facts.Evidence.Document is { Hypothesis: { Length: > 0 } hypothesis })
        {
            sentences.Add($"The hypothesis: {hypothesis.TrimEnd('.')}.");
        }

        foreach (var story in facts.Stories)
        {
            sentences.Add(Told(story, facts));
        }

        sentences.AddRange(facts.Evidence.Events.OfType<AbortRequested>().Select(abort => $"{abort.By} aborted the run: {abort.Reason}"));
        sentences.AddRange(facts.Evidence.Events.OfType<RunInterrupted>().Select(stop => $"The run could not go on: {stop.Code} {stop.Reason}"));
        return sentences;
    }

    private static string Told(InjectionStory story, ReportFacts facts)
    {
        var fault = story.Injection.Fault;
        var word = fault.AskedAs.Length > 0 && fault.AskedAs != fault.Name ? $" (asked for as '{fault.AskedAs}')" : "";
        var what = $"{fault}{word} on {story.Injection.Target.Id}";
        if (story.Intended is null)
        {
            return $"It was not the turn of {what} before the run ended.";
        }

        if (story.Injected is not { } injected)
        {
            return $"{what} could not be put in place: {story.Failed?.Reason ?? "the run ended before the driver answered"}";
        }

        var end = story.Recovered is { } recovered && story.Ended is { } ended
            ? $"It was in place for {facts.Book.Between(injected, ended)}; the proof that all is as before took {facts.Book.Between(ended, recovered)} more."
            : "There is no proof that it was taken off.";
        return $"At {facts.Book.Clock(injected)} UTC {what} was put in place: {injected.Mechanism.TrimEnd('.')}. {end}";
    }

    private static IEnumerable<string> Errors(ReportFacts facts)
    {
        if (facts.Window is not { } window)
        {
            yield break;
        }

        var kinds = MetricSeries.From(facts.Evidence.Metrics)
            .Where(series => series.Component.Length == 0 && series.Metric.StartsWith("errors_", StringComparison.Ordinal))
            .Select(series => (series, Count: series.Between(window.FaultFromSecond, window.End).Sum(point => point.Value)))
            .Where(kind => kind.Count > 0).OrderByDescending(kind => kind.Count).ToList();
        if (kinds.Count > 0)
        {
            yield return "What users got instead of an answer, from the fault's begin on: " + string.Join(", ", kinds.Select(kind =>
                $"{facts.Book.Measured(kind.series, Statistic.Sum, window.FaultFromSecond, window.End)} × {kind.series.Metric["errors_".Length..]}")) + ".";
        }
    }

    private static IEnumerable<string> Recoveries(ReportFacts facts)
    {
        foreach (var story in facts.Stories.Where(story => story is { RecoveryBegun: not null, Recovered.Certificate.IsClean: true }))
        {
            yield return $"Target {story.Injection.Target.Id} was proven to be as before "
                + $"{facts.Book.Between(story.RecoveryBegun!, story.Recovered!)} after recovery began.";
        }
    }

    private static string Moved(Impact impact, ReportFacts facts, bool subject = false)
    {
        var of = impact.Component.Length > 0 ? $" of {Wording.Short(impact.Component)}" : "";
        var name = Wording.Name(impact.Metric).ToLowerInvariant() + of;
        var change = $"from {Before(impact, facts)} to {facts.Book.Worst(impact)}";
        var verb = Impact.LessIsWorse(impact.Metric) ? "fell" : "rose";
        return subject ? $"{name} {verb} {change}" : $"moved the {name} {change}";
    }

    private static string Back(Impact impact, ReportFacts facts) => impact.FromStart?.Length is null || impact.IsStillOut
        ? "it was not as before again while it was watched"
        : impact.FromEnd is { LeftBand: true, Length: not null }
            ? $"as before {facts.Book.Recovery(impact, fromStart: true)} after the fault began, {facts.Book.Recovery(impact, fromStart: false)} after it ended"
            : $"as before {facts.Book.Recovery(impact, fromStart: true)} after the fault began";

    private static string Before(Impact impact, ReportFacts facts) =>
        facts.Book.Usual(impact, impact.Window.BaselineFrom, impact.Window.BaselineTo);

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
