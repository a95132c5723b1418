using Crater.Journals;
using Crater.Risks;

namespace Crater.Reports.Causes;

/// <summary>What is known about one run when it is asked why: the facts that may be cited, and what rules make of them.</summary>
public sealed class CaseFile
{
    private readonly IReadOnlyDictionary<string, SuspectedWeakness> _weaknesses;

    private CaseFile(FactBook facts, Narrative byRules, IReadOnlyDictionary<string, SuspectedWeakness> weaknesses) => (Facts, ByRules, _weaknesses) = (facts, byRules, weaknesses);

    public FactBook Facts { get; }

    /// <summary>What rules say, and what a model may not go beyond.</summary>
    public Narrative ByRules { get; }

    /// <summary>Something was lost, so that there is something to explain.</summary>
    public bool HasSomethingToExplain => ByRules.Conclusion is Conclusion.Weakness or Conclusion.Unexplained;

    /// <exception cref="Diagnostics.CraterException">CRT8002: the folder holds no run. CRT4002, CRT4003: its journal is newer or damaged.</exception>
    public static CaseFile Open(RunFolder folder) => From(ReportFacts.From(RunEvidence.Read(folder)));

    public static CaseFile Of(RunEvidence evidence) => From(ReportFacts.From(evidence));

    internal static CaseFile From(ReportFacts facts)
    {
        var spread = Spread.From(facts);
        var weaknesses = WeaknessSearch.Of(facts, spread);
        var book = FactBook.From(facts, spread, weaknesses);
        var byId = weaknesses.GroupBy(book.IdOf).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        return new CaseFile(book, new RuleNarrator(facts, spread, Harm.From(facts, spread), [.. byId.Select(pair => (pair.Key, pair.Value))], book).Write(), byId);
    }

    /// <summary>How sure anyone may be of a weakness: of one that nobody has seen, hardly; of one that this run did not set out to test, not quite.</summary>
    public Confidence ConfidenceMax(string weakness) => _weaknesses.TryGetValue(weakness, out var known) ? known switch
    {
        { IsSeen: true, IsTested: true } => Confidence.High,
        { IsSeen: true } => Confidence.Medium,
        _ => Confidence.Low,
    } : Confidence.High;

    /// <summary>The narrative that is kept, if it may be believed; else that of the rules.</summary>
    internal RootCause Tell(Narrative? kept, FigureBook figures)
    {
        if (kept is null)
        {
            return RootCause.Tell(ByRules, this, figures);
        }

        return NarrativeCheck.Problem(kept, ByRules, Facts) is not { } problem ? RootCause.Tell(kept, this, figures)
            : RootCause.Tell(ByRules, this, figures) with { Struck = [$"What the model {kept.Model} wrote is left out: {problem}."] };
    }

    internal string HeadlineOf(string weakness) => _weaknesses.TryGetValue(weakness, out var known)
        ? $"Probable weakness: {Lower(RuleBook.Find(known.Finding.Rule)!.Title)} ({Facts.Find(weakness)!.Label}: {known.Finding.Observed})."
        : "Probable weakness: unknown.";

    private static string Lower(string title) => title.Length > 1 && !char.IsUpper(title[1]) ? char.ToLowerInvariant(title[0]) + title[1..] : title;
}
