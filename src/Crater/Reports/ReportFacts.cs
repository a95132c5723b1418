using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>The run folder read through once: what every section of the report is written from.</summary>
internal sealed record ReportFacts(
    RunEvidence Evidence, IReadOnlyList<InjectionStory> Stories, FaultWindow? Window, IReadOnlyList<Impact> Impacts, BlastView Blast, FigureBook Book)
{
    public static ReportFacts From(RunEvidence evidence)
    {
        var book = new FigureBook();
        var stories = InjectionStory.From(evidence.Events);
        var window = FaultWindow.From(evidence, stories);
        var impacts = Impact.From(evidence, window);
        return new ReportFacts(evidence, stories, window, impacts, BlastView.From(evidence, stories, impacts, book), book);
    }

    public RunPlanned Plan => Evidence.Plan;

    /// <summary>Crater was to inject nothing: what went wrong, if anything did, is the work of the document's own activities.</summary>
    public bool IsPlain => Plan.Injections.Count == 0 && Stories.Count == 0;

    public JournalEvent Last => Evidence.Events[^1];

    public VerdictReached? Verdict => Evidence.Events.OfType<VerdictReached>().LastOrDefault();

    public bool IsClosed => Evidence.Events.OfType<RunClosed>().Any();

    public IReadOnlyList<InjectionStory> Residue => [.. Stories.Where(story => story.IsResidue)];

    /// <summary>The moment that times are told from: the first fault in place, else the begin of the run.</summary>
    public JournalEvent Origin => Window?.FaultBegin ?? Evidence.Events[0];

    /// <summary>The impact on one metric of the application as its users see it; null when it was not measured.</summary>
    public Impact? Of(string metric) => Impacts.FirstOrDefault(impact => impact.Component.Length == 0 && impact.Metric == metric);

    /// <summary>The metrics of the users' view that left their band, worst first for a reader: errors, then latency, then throughput.</summary>
    public IEnumerable<Impact> UserImpacts => new[] { KnownMetrics.ErrorRate, KnownMetrics.LatencyP95, KnownMetrics.Throughput }
        .Select(Of).OfType<Impact>();

    /// <summary>The faults in words: <c>pod-kill on carts-db</c>.</summary>
    public string FaultPhrase
    {
        get
        {
            var begun = Stories.Where(story => story.Intended is not null).ToList();
            return string.Join(" and ", (begun.Count > 0 ? begun : Stories).Select(story => $"{story.Injection.Fault.Name} on {Place(story)}").Distinct());
        }
    }

    public static string Place(InjectionStory story) => story.Injection.Target.Component is { Length: > 0 } component
        ? Wording.Short(component)
        : story.Injection.Target.Name;
}
