using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Risks;

namespace Crater.Advice;

/// <summary>Says what is worth breaking, and why. Deterministic: the same topology, catalogue and options give the same advice. It cannot act.</summary>
public static class Advisor
{
    public const int CountMax = 100;

    /// <summary>The second proposal of the same fault teaches less than the first one did (our own judgement).</summary>
    private const double RepeatFactor = 0.75;

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

    /// <summary>Takes the best, but no weakness twice and no target twice with faults of one family; a fault that was taken already counts less.</summary>
    private static (List<(Candidate Candidate, double Score)> Chosen, List<Considered> Considered) Choose(
        (Candidate Candidate, double Score)[] ranked, int count)
    {
        List<(Candidate Candidate, double Score)> chosen = [];
        Dictionary<string, string> taken = new(StringComparer.Ordinal);
        while (chosen.Count < count)
        {
            var left = ranked.Where(scored => !Marks(scored.Candidate).Any(taken.ContainsKey))
                .OrderByDescending(scored => scored.Score * Math.Pow(RepeatFactor, chosen.Count(one => one.Candidate.Definition == scored.Candidate.Definition)))
                .ThenBy(scored => scored.Candidate.Id, StringComparer.Ordinal).Take(1).ToArray();
            if (left.Length == 0)
            {
                break;
            }

            chosen.Add(left[0]);
            Array.ForEach(Marks(left[0].Candidate), mark => taken[mark] = left[0].Candidate.Id);
        }

        return (chosen, [.. ranked.Select(scored => new Considered(scored.Candidate.Id, Math.Round(scored.Score, 4), Outcome(scored.Candidate, taken)))]);
    }

    private static string Outcome(Candidate candidate, Dictionary<string, string> taken)
    {
        var twin = Marks(candidate).FirstOrDefault(taken.ContainsKey);
        return twin is null ? "ranked too low" : taken[twin] == candidate.Id ? "proposed" : $"like {taken[twin]}: same {twin}";
    }

    private static string[] Marks(Candidate candidate) => [$"weakness {candidate.Primary.Id}", $"target {candidate.TargetAndFamily}"];
}
