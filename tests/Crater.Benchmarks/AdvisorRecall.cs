using System.Globalization;
using Crater.Discovery;
using Crater.Risks;
using Crater.Tests.Advice.Recall;

namespace Crater.Benchmarks;

/// <summary>
/// Does the advisor find what is wrong? For each variant of the sample shop with one weakness, the place of the first right proposal;
/// with real names, with names that say nothing, without the annotations by which the shop declares its habits (five weaknesses show in
/// nothing else), and beside it what chance and patience would find.
/// </summary>
internal static class AdvisorRecall
{
    private const int Seeds = 200;

    private const int Renamings = 5;

    public static async Task<int> RunAsync(string root, TextWriter output, CancellationToken abort)
    {
        List<(Weakness Weakness, Topology Topology, IReadOnlyList<Suggestion> Top, int[] Renamed, int Undeclared, int Lab)> rows = [];
        foreach (var weakness in Weakness.All)
        {
            var manifests = ShopManifests.Read(root, $"variants/{weakness.Variant}");
            var topology = await ManifestCluster.DiscoverAsync(manifests, abort);
            var renamed = new int[Renamings];
            for (var seed = 0; seed < Renamings; seed++)
            {
                var aliases = ShopManifests.Aliases(manifests, seed);
                renamed[seed] = RecallScore.Place(
                    RecallScore.Advised(await ManifestCluster.DiscoverAsync(ShopManifests.Renamed(manifests, aliases), abort), 10), weakness, aliases);
            }

            var undeclared = RecallScore.Advised(await ManifestCluster.DiscoverAsync(ShopManifests.Undeclared(manifests), abort), 10);
            rows.Add((weakness, topology, RecallScore.Advised(topology, 10), renamed, RecallScore.Place(undeclared, weakness),
                RecallScore.Place(RecallScore.Advised(await QuietLab.DiscoverAsync(manifests, abort), 10), weakness)));
        }

        await output.WriteLineAsync("| weakness | | first right proposal | on the lab | renamed (5 seeds) | nothing declared | proposed first |\n|---|---|---|---|---|---|---|");
        foreach (var (weakness, _, top, renamed, undeclared, lab) in rows)
        {
            await output.WriteLineAsync(
                $"| {weakness.Id} | {weakness.Title} | {Place(RecallScore.Place(top, weakness))} | {Place(lab)} | {string.Join(' ', renamed.Select(Place))} | {Place(undeclared)} | {top[0].Fault} on {top[0].Component} |");
        }

        int[] places = [.. rows.Select(row => RecallScore.Place(row.Top, row.Weakness))];
        int[] renamedPlaces = [.. rows.SelectMany(row => row.Renamed)];
        await output.WriteLineAsync("\n| advice | recall@1 | recall@3 | mean reciprocal rank |\n|---|---|---|---|");
        await output.WriteLineAsync(Row("rules", [places]));
        await output.WriteLineAsync(Row("rules, on the lab's API and scheduler", [[.. rows.Select(row => row.Lab)]]));
        await output.WriteLineAsync(Row("rules, renamed", [renamedPlaces]));
        await output.WriteLineAsync(Row("rules, nothing declared", [[.. rows.Select(row => row.Undeclared)]]));
        await output.WriteLineAsync(Row($"random, {Seeds} seeds", Baseline(RecallScore.Random)));
        await output.WriteLineAsync(Row($"round-robin, {Seeds} starts", Baseline(RecallScore.RoundRobin)));

        var alarms = RuleBook.Examine(await QuietLab.DiscoverAsync(ShopManifests.Read(root, "resilient"), abort))
            .Where(finding => finding.Answer == Answer.Violated).ToLookup(finding => finding.Severity);
        await output.WriteLineAsync(
            $"\nResilient shop: {alarms[Severity.High].Count()} findings of high severity, {alarms[Severity.Medium].Count()} medium, {alarms[Severity.Low].Count()} low.");
        foreach (var finding in alarms[Severity.Medium])
        {
            await output.WriteLineAsync($"- {finding.Id}: {finding.Observed}");
        }

        return RecallScore.RecallAt(3, places) >= 0.9 && RecallScore.RecallAt(3, renamedPlaces) >= 0.9 && !alarms[Severity.High].Any() ? 0 : 1;

        IReadOnlyList<int[]> Baseline(Func<Topology, int, int, IReadOnlyList<Suggestion>> suggest) =>
        [
            .. Enumerable.Range(0, Seeds).Select(seed => rows.Select(row => RecallScore.Place(suggest(row.Topology, 10, seed), row.Weakness)).ToArray()),
        ];
    }

    /// <summary>Means over the seeds, with the spread where there are several.</summary>
    private static string Row(string name, IReadOnlyList<int[]> runs) =>
        $"| {name} | {Mean([.. runs.Select(places => RecallScore.RecallAt(1, places))])} | {Mean([.. runs.Select(places => RecallScore.RecallAt(3, places))])} "
        + $"| {Mean([.. runs.Select(places => RecallScore.MeanReciprocalRank(places))])} |";

    private static string Mean(double[] values)
    {
        var mean = values.Average();
        var spread = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return mean.ToString("0.000", CultureInfo.InvariantCulture) + (values.Length > 1 ? $" ± {spread.ToString("0.000", CultureInfo.InvariantCulture)}" : "");
    }

    private static string Place(int place) => place == 0 ? "–" : place.ToString(CultureInfo.InvariantCulture);
}
