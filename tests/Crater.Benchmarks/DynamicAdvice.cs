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
internal sealed class DynamicAdvice(string root, bool quick, bool backwards, TextWriter output)
{
    private const string Weak = "variants/all";

    private const string None = "resilient";

    private const int ExperimentsMax = 15;

    private const int ProvenMin = 9;

    /// <summary>How many of the rules' proposals for the shop without weaknesses are run there.</summary>
    private const int NothingMax = 5;

    private const int Seed = 1;

    public static async Task<int> RunAsync(string root, bool quick, bool backwards, TextWriter output, CancellationToken abort) => await new DynamicAdvice(root, quick, backwards, output).RunAsync(abort);

    private async Task<int> RunAsync(CancellationToken abort)
    {
        await using var runs = new ProvingRuns(root, output);
        var topology = await runs.AtFirstAsync(Weak, abort);
        var options = new AdviceOptions { Count = ExperimentsMax, ComponentMetrics = true };
        var shortlist = Shortlist.Of(topology, RiskCatalogue.BuiltIn, options);
        List<(string Policy, IReadOnlyList<Proposal> Proposals)> plans = [("rules", shortlist.Rules.Proposals)];
        if (!quick)
        {
            // Its words are its own, and what is run is not: so that the same choice is the same experiment.
            plans.Add(("model (script)", [.. (await ScriptedReader.AdviseAsync(topology, options, abort)).Proposals.Select(proposal => shortlist.Draft(proposal.Id, new Dictionary<string, string>()))]));
            plans.Add(("round-robin", [.. Chance.RoundRobin(shortlist, ExperimentsMax, Seed)]));
            plans.Add(("random", [.. Chance.Random(shortlist, ExperimentsMax, Seed)]));
        }

        List<PolicyRuns> policies = [];
        if (backwards)
        {
            // Beside another process that begins at the front; whoever comes second takes what the first has run.
            foreach (var proposal in plans.AsEnumerable().Reverse().SelectMany(plan => plan.Proposals))
            {
                await runs.RunAsync(Weak, proposal, abort);
            }

            return 0;
        }

        foreach (var (name, proposals) in plans)
        {
            List<Played> played = [];
            foreach (var proposal in proposals)
            {
                played.Add(new Played(proposal, await runs.RunAsync(Weak, proposal, abort)));
            }

            policies.Add(new PolicyRuns(name, played));
        }

        foreach (var played in policies.SelectMany(policy => policy.Played))
        {
            foreach (var proof in Proof.All.Where(proof => proof.IsHidden && played.Suggestion.Shows(proof.Weakness) && !played.Candidates.Contains(proof.Weakness)))
            {
                played.Alone = await runs.RunAsync($"variants/{proof.Weakness.Variant}", played.Proposal, abort);
            }
        }

        var controls = new Dictionary<string, ProvingRun>(StringComparer.Ordinal);
        foreach (var played in policies.SelectMany(policy => policy.Played).Where(played => played.Candidates.Any()).DistinctBy(played => played.Run.Key))
        {
            controls[played.Run.Key] = await runs.RunAsync(None, played.Proposal, abort);
        }

        List<ProvingRun> nothing = [];
        foreach (var proposal in quick ? [] : Advisor.Propose(await runs.AtFirstAsync(None, abort), RiskCatalogue.BuiltIn, options with { Count = NothingMax }).Proposals)
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

/// <summary>One experiment of a policy.</summary>
internal sealed record Played(Proposal Proposal, ProvingRun Run)
{
    public Suggestion Suggestion { get; } = new(Proposal.Component, Proposal.Fault.Name);

    /// <summary>The run on the variant with a weakness alone that another one hides; null for most.</summary>
    public ProvingRun? Alone { get; set; }

    /// <summary>The weaknesses that it proves, if the measure does not say the same where they are not.</summary>
    public IEnumerable<Weakness> Candidates => Proof.All.Where(proof => Given(proof, Run) || (proof.IsHidden && Alone is not null && Given(proof, Alone))).Select(proof => proof.Weakness);

    public bool Given(Proof proof, ProvingRun run) => proof.IsGivenBy(Suggestion, run.Verdict, run.Reasons);

    /// <summary>Those of them for which the control, the same experiment on the shop without weaknesses, was clear.</summary>
    public IEnumerable<Weakness> Proven(IReadOnlyDictionary<string, ProvingRun> controls) => controls.TryGetValue(Run.Key, out var control) && control.Verdict != Verdict.Inconclusive
        ? Candidates.Where(weakness => !Given(Proof.All.Single(proof => proof.Weakness == weakness), control))
        : [];
}

/// <summary>What a policy's experiments showed, in order.</summary>
internal sealed record PolicyRuns(string Name, IReadOnlyList<Played> Played)
{
    public int Residue => Played.Sum(played => played.Run.Residue + (played.Alone?.Residue ?? 0));

    /// <summary>Proven weaknesses with the number of the experiment that proved each first.</summary>
    public IReadOnlyDictionary<string, int> Proven(IReadOnlyDictionary<string, ProvingRun> controls)
    {
        Dictionary<string, int> proven = new(StringComparer.Ordinal);
        for (var i = 0; i < Played.Count; i++)
        {
            foreach (var weakness in Played[i].Proven(controls))
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
