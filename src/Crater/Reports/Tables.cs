using Crater.Journals;

namespace Crater.Reports;

/// <summary>The tables of a report, written out.</summary>
internal static class Tables
{
    public static IReadOnlyList<ImpactRow> Impacts(ReportFacts facts) => [.. facts.Impacts.Select(impact => new ImpactRow(
        Wording.Name(impact.Metric), impact.Component,
        facts.Book.Usual(impact, impact.Window.BaselineFrom, impact.Window.BaselineTo),
        facts.Book.Usual(impact, impact.Window.FaultFromSecond, impact.Window.FaultToSecond),
        facts.Book.Worst(impact),
        facts.Book.Usual(impact, impact.Window.FaultToSecond, impact.Window.End),
        facts.Book.Recovery(impact, fromStart: true), facts.Book.Recovery(impact, fromStart: false), impact.WasHit))];

    public static IReadOnlyList<CertificateRow> Certificates(ReportFacts facts) => [.. facts.Stories.Where(story => story.Intended is not null).Select(story =>
    {
        var certificate = story.Recovered?.Certificate;
        return new CertificateRow(
            story.Injection.Sequence, story.Injection.Fault.ToString(), story.Injection.Fault.AskedAs, story.Injection.Target.Id.Value,
            story.Injected?.Mechanism ?? "not put in place", story.Intended!.Preparation.Before.Text,
            certificate?.After?.Text ?? "could not be read", certificate?.Presence.ToString().ToLowerInvariant() ?? "unknown",
            certificate?.Evidence ?? story.RecoveryFailed?.Reason ?? "The journal ends before recovery was proven.", certificate?.IsClean == true)
        {
            Unseen = certificate?.Unseen ?? "",
            IsAttested = certificate?.IsAttested == true,
        };
    })];

    public static IReadOnlyList<ResidueLine> Residue(ReportFacts facts) => [.. facts.Residue.Select(story => new ResidueLine(
        story.Injection.Fault.ToString(), story.Injection.Target.Id.Value,
        story.RecoveryFailed?.Reason ?? (story.Recovered is { } recovered
            ? $"Recovered, but not proven: {recovered.Certificate.Evidence}"
            : "The journal ends before recovery; the process that ran it may have died."),
        Recommending.InspectWith(story)))];

    public static IReadOnlyList<GuardRow> Guards(ReportFacts facts)
    {
        var tripped = facts.Evidence.Events.OfType<GuardTripped>().ToList();
        var watched = facts.Evidence.Events.OfType<GuardWatched>().ToList();
        return [.. tripped.Select(guard => guard.Guard).Concat(watched.Select(guard => guard.Guard)).Distinct().Select(name => tripped.FirstOrDefault(guard => guard.Guard == name) is { } guard
            ? new GuardRow(name, $"{(guard.IsBlind ? "blind" : "tripped")} at {facts.Book.Clock(guard)} UTC: {guard.Reason}", true)
            : new GuardRow(name, watched.LastOrDefault(guard => guard.Guard == name) is { } seen ? Seen(seen, facts) : "held", false))];
    }

    private static string Seen(GuardWatched guard, ReportFacts facts) => guard.Readings == 0
        ? facts.IsPlain ? "did not trip" : "saw nothing while the fault was in place"
        : $"held: {facts.Book.Stated(guard.Lowest)} to {facts.Book.Stated(guard.Highest)} in {Wording.Count(guard.Readings, "reading")}";

    public static IReadOnlyList<ProbeRow> Probes(ReportFacts facts) =>
    [
        .. facts.Evidence.Events.OfType<ProbeMeasured>().GroupBy(probe => probe.Probe).Select(group => new ProbeRow(
            group.Key, group.First().Expected, Told(group, ProbeMoment.Before, facts.Book), Told(group, ProbeMoment.During, facts.Book), Told(group, ProbeMoment.After, facts.Book))),
    ];

    // The worst answer of the moment: missed before could-not-tell before met.
    private static string Told(IEnumerable<ProbeMeasured> probes, ProbeMoment when, FigureBook book)
    {
        var at = probes.Where(probe => probe.When == when).ToList();
        return at.Count == 0 ? "not measured"
            : at.FirstOrDefault(probe => probe.Met == false) is { } missed ? $"missed: {book.Shortened(missed.Seen)}"
            : at.FirstOrDefault(probe => probe.Met is null) is { } unknown ? $"could not tell: {book.Shortened(unknown.Seen)}"
            : $"met: {book.Shortened(at[^1].Seen)}";
    }

    public static IReadOnlyList<(string Label, string Value)> Summary(ReportFacts facts)
    {
        var plan = facts.Plan;
        List<(string, string)> lines =
        [
            ("Experiment", plan.Title),
            ("Run ID", plan.Run.Value),
            ("Status", Status(facts)),
            ("Fault", facts.IsPlain ? "none of Crater's" : string.Join("; ", facts.Stories.Select(Fault))),
            ("Started", facts.Book.Stamp(facts.Evidence.Events[0])),
            ("Duration", facts.Book.Between(facts.Evidence.Events[0], facts.Last)),
        ];
        void AddIf(string label, string value)
        {
            if (value.Length > 0)
            {
                lines.Add((label, value));
            }
        }

        AddIf("Against", plan.Against);
        AddIf("Started by", plan.StartedBy);
        AddIf("Crater", plan.Version);
        AddIf("Risk tested", facts.Evidence.Document?.Risk ?? "");
        return lines;
    }

    public static string Status(ReportFacts facts) => facts.Residue.Count > 0 ? "residue left"
        : !facts.IsClosed && facts.Verdict is null ? "open"
        : facts.Evidence.Events.Any(entry => entry is AbortRequested or GuardTripped or RunInterrupted) ? "aborted"
        : "completed";

    private static string Fault(InjectionStory story)
    {
        var fault = story.Injection.Fault;
        var word = fault.AskedAs.Length > 0 && fault.AskedAs != fault.Name ? $", asked for as '{fault.AskedAs}'" : "";
        return $"{fault} on {story.Injection.Target.Id}{word}";
    }
}
