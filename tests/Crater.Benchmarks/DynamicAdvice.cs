using System.Globalization;
using System.Text;
using Crater.Advice;
using Crater.Discovery;
using Crater.Journals;
using Crater.Risks;
using Crater.Tests.Advice.Recall;

namespace Crater.Benchmarks;

/// <summary>
/// Is advice worth following? Each policy names its experiments for the shop with all eleven weaknesses; they are run for real, in the lab, under guard and with shoppers. A weakness
/// is proven when a run is refuted at the measure at which it shows, and the same experiment is not refuted on the shop without it.
/// </summary>
internal sealed class DynamicAdvice(string root, bool quick, TextWriter output)
{
    private const string Weak = "variants/all";

    private const string None = "resilient";

    private const int ExperimentsMax = 15;

    private const int ProvenMin = 9;

    private const int Seed = 1;

    public static async Task<int> RunAsync(string root, bool quick, TextWriter output, CancellationToken abort) => await new DynamicAdvice(root, quick, output).RunAsync(abort);

    private async Task<int> RunAsync(CancellationToken abort)
    {
        await using var runs = new ProvingRuns(root, output);
        var topology = await runs.AtFirstAsync(Weak, abort);
        var options = new AdviceOptions { Count = ExperimentsMax };
        var shortlist = Shortlist.Of(topology, RiskCatalogue.BuiltIn, options);
        List<(string Policy, IReadOnlyList<Proposal> Proposals)> plans = [("rules", shortlist.Rules.Proposals)];
        if (!quick)
        {
            plans.Add(("model (script)", (await ScriptedReader.AdviseAsync(topology, options, abort)).Proposals));
            plans.Add(("round-robin", [.. Chance.RoundRobin(shortlist, ExperimentsMax, Seed)]));
            plans.Add(("random", [.. Chance.Random(shortlist, ExperimentsMax, Seed)]));
        }

        List<PolicyRuns> policies = [];
        foreach (var (name, proposals) in plans)
        {
            List<(Proposal, ProvingRun)> played = [];
            foreach (var proposal in proposals)
            {
                played.Add((proposal, await runs.RunAsync(Weak, proposal, abort)));
            }

            policies.Add(new PolicyRuns(name, played));
        }

        var controls = new Dictionary<string, ProvingRun>(StringComparer.Ordinal);
        foreach (var (proposal, run) in policies.SelectMany(policy => policy.Played).Where(played => PolicyRuns.Candidates(played.Proposal, played.Run).Any()).DistinctBy(played => played.Run.Key))
        {
            controls[run.Key] = await runs.RunAsync(None, proposal, abort);
        }

        List<ProvingRun> nothing = [];
        foreach (var proposal in quick ? [] : Advisor.Propose(await runs.AtFirstAsync(None, abort), RiskCatalogue.BuiltIn, options).Proposals)
        {
            nothing.Add(await runs.RunAsync(None, proposal, abort));
        }

        var text = DynamicTables.Text(policies, controls, nothing);
        await output.WriteLineAsync(text);
        if (!quick)
        {
            AdviceDocument.Write(root, "dynamic", text.Trim());
            await File.WriteAllTextAsync(Path.Combine(root, "docs", "benchmarks", "advice-proven.svg"), ProvenChart.Svg(policies, controls, ExperimentsMax), abort);
        }

        return policies[0].Proven(controls).Count >= ProvenMin && policies.All(policy => policy.Residue == 0) && nothing.All(run => run.Verdict != Verdict.Refuted && run.Residue == 0) ? 0 : 1;
    }
}

/// <summary>What a policy's experiments showed, in order.</summary>
internal sealed record PolicyRuns(string Name, IReadOnlyList<(Proposal Proposal, ProvingRun Run)> Played)
{
    public int Residue => Played.Sum(played => played.Run.Residue);

    /// <summary>The weaknesses that a run would prove, if the same experiment is not refuted where they are not.</summary>
    public static IEnumerable<Weakness> Candidates(Proposal proposal, ProvingRun run) =>
        Proof.All.Where(proof => proof.IsGivenBy(new Suggestion(proposal.Component, proposal.Fault.Name), run.Verdict, run.Reasons)).Select(proof => proof.Weakness);

    /// <summary>Proven weaknesses with the number of the experiment that proved each first.</summary>
    public IReadOnlyDictionary<string, int> Proven(IReadOnlyDictionary<string, ProvingRun> controls)
    {
        Dictionary<string, int> proven = new(StringComparer.Ordinal);
        for (var i = 0; i < Played.Count; i++)
        {
            var (proposal, run) = Played[i];
            foreach (var weakness in controls.GetValueOrDefault(run.Key) is { Verdict: not Verdict.Refuted } ? Candidates(proposal, run) : [])
            {
                proven.TryAdd(weakness.Id, i + 1);
            }
        }

        return proven;
    }
}

/// <summary>Choosing without advice, among what can be run at all: the catalogue's tests, and every fault that needs no parameter on every component that would come back.</summary>
internal static class Chance
{
    public static IEnumerable<Proposal> Random(Shortlist shortlist, int count, int seed)
    {
        var pairs = Pairs(shortlist).ToArray();
        new Random(seed).Shuffle(pairs);
        return pairs.Take(count).Select(pair => Draft(shortlist, pair));
    }

    public static IEnumerable<Proposal> RoundRobin(Shortlist shortlist, int count, int seed)
    {
        var turns = Pairs(shortlist).GroupBy(pair => pair.Component).OrderBy(turn => turn.Key, StringComparer.Ordinal).Select(turn => turn.ToArray()).ToArray();
        return Enumerable.Range(seed, count).Select(i => Draft(shortlist, turns[i % turns.Length][i % turns[i % turns.Length].Length]));
    }

    private static IEnumerable<Suggestion> Pairs(Shortlist shortlist) => RecallScore.Everything(shortlist.Topology)
        .Where(pair => shortlist.Offers.Any(offer => offer.Target == pair.Component && offer.Fault == pair.Fault) || shortlist.MayBeFree(pair.Fault, pair.Component));

    private static Proposal Draft(Shortlist shortlist, Suggestion pair) => shortlist.Offers.FirstOrDefault(offer => offer.Target == pair.Component && offer.Fault == pair.Fault) is { } offer
        ? shortlist.Draft(offer.Id, new Dictionary<string, string>())
        : shortlist.DraftFree(pair.Fault, pair.Component, new Wording("chance", "Drawn by chance.", "Nobody knows.", ""));
}
