using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Risks;

namespace Crater.Advice;

/// <summary>Says what is worth breaking, and why. Deterministic: the same topology, catalogue and options give the same advice. It cannot act.</summary>
public static class Advisor
{
    public const int CountMax = 100;

    /// <exception cref="CraterException">CRT9302: the count is out of range.</exception>
    public static Advisory Propose(Topology topology, RiskCatalogue catalogue, AdviceOptions options)
    {
        if (options.Count is < 1 or > CountMax)
        {
            throw new CraterException("CRT9302", $"{options.Count} proposals were asked for; ask for 1 to {CountMax}.");
        }

        var index = new TopologyIndex(topology);
        var findings = RuleBook.Examine(index);
        var scoring = new Scoring(index, options);
        var ranked = new CandidateSource(index, catalogue, options).From(findings)
            .Select(candidate => (Candidate: candidate, Score: scoring.Of(candidate)))
            .OrderByDescending(scored => scored.Score).ThenBy(scored => scored.Candidate.Id, StringComparer.Ordinal).ToArray();
        var (chosen, considered) = Choose(ranked, options.Count);
        var drafting = new Drafting(index, options);
        return new Advisory
        {
            Source = topology.Source,
            Findings = findings,
            Proposals = Slugs.MakeUnique(chosen.Select(scored => drafting.Draft(scored.Candidate, scored.Score))),
            Considered = considered,
        };
    }

    /// <summary>Takes the best, but no weakness twice and no target twice with faults of one family.</summary>
    private static (List<(Candidate Candidate, double Score)> Chosen, List<Considered> Considered) Choose(
        IEnumerable<(Candidate Candidate, double Score)> ranked, int count)
    {
        List<(Candidate, double)> chosen = [];
        List<Considered> considered = [];
        Dictionary<string, string> taken = new(StringComparer.Ordinal);
        foreach (var (candidate, score) in ranked)
        {
            string[] marks = [$"weakness {candidate.Primary.Id}", $"target {candidate.TargetAndFamily}"];
            var twin = marks.FirstOrDefault(taken.ContainsKey);
            var outcome = chosen.Count == count ? "ranked too low" : twin is null ? "proposed" : $"like {taken[twin]}: same {twin}";
            considered.Add(new Considered(candidate.Id, Math.Round(score, 4), outcome));
            if (outcome == "proposed")
            {
                chosen.Add((candidate, score));
                Array.ForEach(marks, mark => taken[mark] = candidate.Id);
            }
        }

        return (chosen, considered);
    }
}
