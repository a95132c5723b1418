namespace Crater.Tests.Advice.Recall;

/// <summary>How one policy did over a set of cases; means over all cases, and over all seeds where answers are drawn.</summary>
/// <param name="RecallAt1">Share of the planted weaknesses that the first suggestion shows.</param>
/// <param name="RecallAt3">Share that the first three show.</param>
/// <param name="RecallAtPlanted">Share that the first k show, k being how many are planted: with one planted it is recall@1; with eleven, the most that eleven suggestions can reach is 1.</param>
/// <param name="PrecisionAt3">Share of the first three that show something planted; at most a third where one is planted.</param>
/// <param name="Mrr">One divided by the place of the first right suggestion, 0 where there is none among the ten that are asked for.</param>
/// <param name="Validity">Share of suggestions that can be run as they are.</param>
/// <param name="Diversity">Different faults and different components among the first five, as a share of what five could have.</param>
/// <param name="Tokens">Largest question to a model.</param>
/// <param name="Spread">Standard deviation of recall@3 over the seeds.</param>
internal sealed record RecallSummary(
    double RecallAt1, double RecallAt3, double RecallAtPlanted, double PrecisionAt3, double Mrr, double Validity, double Diversity, long Tokens, double Spread)
{
    private const int CountMin = 10;

    private const int DiversityOf = 5;

    /// <param name="seeds">How often a policy whose answer is drawn is asked.</param>
    public static async Task<RecallSummary> OfAsync(Policy policy, IReadOnlyList<RecallCase> cases, int seeds, CancellationToken abort)
    {
        List<RecallSummary> rounds = [];
        for (var seed = 0; seed < (policy.IsDrawn ? seeds : 1); seed++)
        {
            List<RecallSummary> each = [];
            foreach (var one in cases)
            {
                each.Add(Of(one, await policy.SuggestAsync(one.Topology, Math.Max(CountMin, one.Planted.Count), seed, abort)));
            }

            rounds.Add(Mean(each));
        }

        var mean = Mean(rounds);
        return mean with { Spread = Math.Sqrt(rounds.Average(round => Math.Pow(round.RecallAt3 - mean.RecallAt3, 2))) };
    }

    private static RecallSummary Of(RecallCase one, PolicyAnswer answer)
    {
        int[] places = [.. one.Planted.Select(weakness => RecallScore.Place(answer.Suggestions, weakness))];
        var first = places.Where(place => place > 0).DefaultIfEmpty(0).Min();
        var top = answer.Suggestions.Take(DiversityOf).ToArray();
        return new RecallSummary(
            RecallScore.RecallAt(1, places), RecallScore.RecallAt(3, places), RecallScore.RecallAt(one.Planted.Count, places),
            RecallScore.PrecisionAt(3, answer.Suggestions, one.Planted), first == 0 ? 0 : 1.0 / first,
            answer.Suggestions.Count == 0 ? 1 : 1 - ((double)answer.Invalid / answer.Suggestions.Count),
            top.Length == 0 ? 0 : (double)(top.Select(s => s.Fault).Distinct().Count() + top.Select(s => s.Component).Distinct().Count()) / (2 * top.Length),
            answer.Tokens, 0);
    }

    private static RecallSummary Mean(IReadOnlyList<RecallSummary> all) => new(
        all.Average(one => one.RecallAt1), all.Average(one => one.RecallAt3), all.Average(one => one.RecallAtPlanted), all.Average(one => one.PrecisionAt3),
        all.Average(one => one.Mrr), all.Average(one => one.Validity), all.Average(one => one.Diversity), all.Max(one => one.Tokens), 0);
}
