using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports.Causes;

/// <summary>The figures that sentences about a cause may have, each with its provenance.</summary>
internal static class FigureFacts
{
    public static void AddTo(FactBook book, ReportFacts facts, Spread spread)
    {
        book.Add(new Fact("fault", FactKind.Fault, "the experiment", $"the fault that Crater put in place: {Faults(facts, book)}") { Value = facts.FaultPhrase, IsOurs = true });
        if (facts.Window is not { } window)
        {
            return;
        }

        Add(book, "fault.begin", "", "when the fault was in place (UTC)", figures => figures.Clock(window.FaultBegin));
        if (window.FaultFinish is not (RunClosed or VerdictReached))
        {
            Add(book, "fault.length", "", "how long the fault was in place", figures => figures.Between(window.FaultBegin, window.FaultFinish));
        }

        foreach (var impact in facts.Impacts.Where(impact => impact.WasHit is not null && (impact.Component.Length == 0 || spread.Steps(impact.Component) is not null)))
        {
            AddImpact(book, facts, impact);
        }
    }

    /// <summary>The begin of the ids of an impact's figures: <c>users.error-rate</c>, <c>c03.ready-replicas</c>.</summary>
    public static string Stem(FactBook book, Impact impact) =>
        $"{(impact.Component.Length == 0 ? "users" : book.Alias(impact.Component))}.{impact.Metric.Replace('_', '-')}";

    private static void AddImpact(FactBook book, ReportFacts facts, Impact impact)
    {
        var stem = Stem(book, impact);
        var what = $"{Wording.Name(impact.Metric).ToLowerInvariant()} of {(impact.Component.Length == 0 ? "the application as its users see it" : book.Alias(impact.Component))}{(impact.WasHit == true ? "" : ", not hit")}";
        Add(book, $"{stem}.before", impact.Component, $"{what}: before the fault", figures => figures.Usual(impact, impact.Window.BaselineFrom, impact.Window.BaselineTo));
        Add(book, $"{stem}.worst", impact.Component, $"{what}: worst", figures => figures.Worst(impact));
        if (impact.WasHit == true && impact.LeftAt is { } left)
        {
            Add(book, $"{stem}.left", impact.Component, $"{what}: first not as before, counted from the fault's begin", figures => left > facts.Origin.At ? figures.LineOffset(facts.Origin, left) : "");
            Add(book, $"{stem}.back", impact.Component, $"{what}: as before again, so long after the fault began", figures => figures.Recovery(impact, fromStart: true));
        }
    }

    private static string Faults(ReportFacts facts, FactBook book) => string.Join(", ", facts.Stories.Where(story => story.Injected is not null).Select(story =>
        $"{story.Injection.Fault.Name} on {(book.Alias(story.Injection.Target.Component) is { Length: > 0 } alias ? alias : $"a {Targets.TargetId.Text(story.Injection.Target.Kind)}")}").Distinct().DefaultIfEmpty("none"));

    // What has no figure (nothing measured, never as before again) is no fact of this kind.
    private static void Add(FactBook book, string id, string component, string told, Func<FigureBook, string> write)
    {
        var figures = new FigureBook();
        var text = write(figures);
        if (figures.Figures is [.., var figure] && figure.Text == text)
        {
            book.Add(new Fact(id, FactKind.Figure, figure.Provenance is Measured or Recovered or LineTime or ElapsedToLine ? MetricsFile.Name : "events.jsonl", $"{told} = {text}")
            {
                Value = text,
                Figure = figure,
                Component = component,
            });
        }
    }
}
