using Crater.Journals;
using Crater.Risks;

namespace Crater.Reports.Causes;

/// <summary>A weakness of the system for which this run was a test.</summary>
/// <param name="Risk">What the catalogue says a test of it looks like; this run was one.</param>
/// <param name="IsTested">The experiment names this very risk.</param>
internal sealed record SuspectedWeakness(Finding Finding, Risk Risk, bool IsTested)
{
    /// <summary>Seen to be there; else only not seen to be absent.</summary>
    public bool IsSeen => Finding.Answer == Answer.Violated;
}

/// <summary>
/// The weaknesses that predict what was seen: rules that the topology violates, whose test would have put this fault on this place. An injection is never among them: that something was killed
/// explains nothing, that there was only one of it does.
/// </summary>
internal static class WeaknessSearch
{
    public static IReadOnlyList<SuspectedWeakness> Of(ReportFacts facts, Spread spread)
    {
        if (facts.Evidence.Topology is not { } topology)
        {
            return [];
        }

        var named = facts.Evidence.Document?.Risk ?? "";
        var faults = facts.Stories.Where(story => story.Injected is not null).Select(story => story.Injection.Fault.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. RuleBook.Examine(topology).Where(finding => finding.Answer != Answer.Satisfied && finding.Hits.Intersect(spread.Hit).Any())
                .Select(finding => Suspected(finding, named, faults)).OfType<SuspectedWeakness>()
                // What the experiment was about comes first, then what is known to be there, then what would hurt most; of what nobody knows only what was tested.
                .Where(weakness => weakness.IsSeen || weakness.IsTested)
                .OrderByDescending(weakness => weakness.IsSeen && weakness.IsTested).ThenByDescending(weakness => weakness.IsSeen).ThenByDescending(weakness => weakness.Finding.Severity)
                .ThenBy(weakness => spread.Steps(weakness.Finding.Component) ?? int.MaxValue).ThenBy(weakness => weakness.Finding.Id, StringComparer.Ordinal),
        ];
    }

    private static SuspectedWeakness? Suspected(Finding finding, string named, HashSet<string> faults)
    {
        var risks = finding.Suggests.Select(RiskCatalogue.BuiltIn.Find).OfType<Risk>().ToArray();
        return risks.FirstOrDefault(risk => risk.Id == named) is { } tested ? new SuspectedWeakness(finding, tested, IsTested: true)
            : risks.FirstOrDefault(risk => faults.Contains(risk.Fault.Name)) is { } risk ? new SuspectedWeakness(finding, risk, IsTested: false)
            : null;
    }
}
