using Crater.Risks;

namespace Crater.Advice;

/// <summary>Severity × exposure × criticality × novelty / cost. Only the order of scores has a meaning; the weights are our own judgement.</summary>
internal sealed class Scoring(TopologyIndex index, AdviceOptions options)
{
    /// <summary>A test that went well is worth little for this long; after three times as long it counts as new.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromDays(30);

    private readonly int _fanInMax = Math.Max(1, index.Components.Select(component => index.DependantsOf(component).Count()).DefaultIfEmpty(0).Max());

    public double Of(Candidate candidate) =>
        Severity(candidate) * Exposure(candidate) * Criticality(candidate) * Novelty(candidate) * candidate.Risk.Weight / Cost(candidate);

    /// <summary>
    /// A weakness that is there counts in full. One that nobody declared may be there: if it were grave, a test of it tells more than one of something low that is known. One that is seen to be
    /// absent is worth a check when nothing better is left.
    /// </summary>
    private static double Severity(Candidate candidate)
    {
        var weight = candidate.Primary.Severity switch { Risks.Severity.High => 8.0, Risks.Severity.Medium => 3.0, _ => 0.5 };
        var standing = candidate.Primary.Answer switch { Answer.Violated => 1.0, Answer.Unknown => 0.15, _ => 0.03 };
        // Each further rule that points the same way adds a little.
        var more = candidate.Findings.Count(finding => finding.Answer == candidate.Primary.Answer && finding.Severity >= Risks.Severity.Medium) - 1;
        return weight * standing * (1 + (0.1 * Math.Clamp(more, 0, 3)));
    }

    /// <summary>0.5 for what no user reaches, up to 1 for what every way in leads through and many call.</summary>
    private double Exposure(Candidate candidate)
    {
        var ways = index.EntryRoutes.Count;
        var reach = ways == 0 ? 0.5 : (double)index.EntryRoutesTo(candidate.Target.Id).Count / ways;
        var fanIn = (double)index.DependantsOf(candidate.Target).Count() / _fanInMax;
        return 0.5 + (0.35 * reach) + (0.15 * fanIn);
    }

    private static double Criticality(Candidate candidate) =>
        0.5 + (0.5 * Math.Clamp(Math.Max(candidate.Target.Criticality, candidate.Weak.Criticality), 0, 1));

    private double Novelty(Candidate candidate)
    {
        var novelty = 1.0;
        var target = candidate.Target.Id;
        foreach (var run in options.History.Where(run => run.Component == target && run.Fault == candidate.Definition.Name))
        {
            var fresh = run.Verdict switch { "upheld" => 0.1, "refuted" => 0.4, _ => 0.8 };
            var age = Math.Clamp((run.Age - FreshFor) / (2 * FreshFor), 0, 1);
            novelty = Math.Min(novelty, fresh + ((1 - fresh) * age));
        }

        return novelty;
    }

    /// <summary>1 for a harmless test, 2 for the riskiest.</summary>
    private static double Cost(Candidate candidate) => 1 + (0.25 * (candidate.Risk.TestRisk - 1));
}
