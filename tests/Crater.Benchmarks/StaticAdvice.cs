using System.Globalization;
using System.Text;
using Crater.Advice;
using Crater.Discovery;
using Crater.Risks;
using Crater.Tests.Advice.Recall;

namespace Crater.Benchmarks;

/// <summary>
/// Does advice name what is wrong? The sample shop in all its variants and generated topologies of many shapes, each with weaknesses whose places are known, asked of the rules, of a script
/// in a model's place, of patience and of chance.
/// </summary>
internal static class StaticAdvice
{
    /// <summary>Drawings of a policy that draws. Few for the large topologies, where one drawing is many answers.</summary>
    private const int Seeds = 10;

    private const int Renamings = 5;

    private static readonly Policy[] Policies = [Policy.Rules, ScriptedReader.Policy, Policy.RandomCandidate, Policy.RoundRobin, Policy.Random];

    public static async Task<int> RunAsync(string root, TextWriter output, CancellationToken abort)
    {
        var text = new StringBuilder();
        var shop = new ShopCases(root, abort);
        var singles = await shop.SinglesAsync();
        var generated = PlantedTopology.All.SelectMany(one => Enumerable.Range(0, Seedling.All.Count).Select(one.With)).ToArray();
        (string Name, IReadOnlyList<RecallCase> Cases, bool IsTarget)[] groups =
        [
            ("The shop, each of its eleven weaknesses alone", singles, true),
            ($"The same, all names replaced by ones that say nothing ({Renamings} drawings)", await shop.RenamedAsync(Renamings), true),
            ("The same, beside decoys: a batch job, a tool that nobody calls, a store in a namespace for trying things out", await shop.WithDecoysAsync(), true),
            ("The same, nothing declared: five of the eleven show in no object of the API", await shop.UndeclaredAsync(), false),
            ("The shop, all eleven at once, and nearly everything runs once beside", [await shop.AllAsync()], false),
            ($"{PlantedTopology.All.Count} generated topologies, each of eleven weaknesses alone", generated, true),
            ("The same topologies, all eleven at once", [.. PlantedTopology.All.Select(one => one.WithAll())], false),
            ("The generated ones with one weakness, nothing declared", [.. generated.Select(one => one with { Topology = one.Topology.Undeclared() })], false),
        ];
        var holds = true;
        foreach (var (name, cases, isTarget) in groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {name}\n\n{cases.Count} cases.\n\n| advice | recall@1 | recall@3 | recall@k | precision@3 | MRR | valid | diversity | tokens |\n|---|---|---|---|---|---|---|---|---|\n");
            Dictionary<string, RecallSummary> found = [];
            foreach (var policy in Policies)
            {
                var one = found[policy.Name] = await RecallSummary.OfAsync(policy, cases, Seeds, abort);
                text.Append(CultureInfo.InvariantCulture, $"| {policy.Name} | {one.RecallAt1:0.000} | {one.RecallAt3:0.000}{(policy.IsDrawn ? $" ± {one.Spread:0.000}" : "")} | {one.RecallAtPlanted:0.000} | {one.PrecisionAt3:0.000} | {one.Mrr:0.000} | {one.Validity:0.0 %} | {one.Diversity:0.00} | {(one.Tokens > 0 ? one.Tokens : "–")} |\n");
            }

            var rules = found[Policy.Rules.Name];
            holds &= found.Values.All(one => one.Validity >= 1) && (!isTarget || (rules.RecallAt3 >= 0.9 && rules.RecallAt3 >= 3 * found[Policy.Random.Name].RecallAt3));
        }

        text.Append(await PlacesAsync(singles, abort));
        text.Append(Alarms(await shop.NoneAsync(), ref holds));
        await output.WriteLineAsync(text.ToString());
        AdviceDocument.Write(root, "static", text.ToString().Trim());
        return holds ? 0 : 1;
    }

    /// <summary>Weakness by weakness, where the first right proposal stands.</summary>
    private static async Task<string> PlacesAsync(IReadOnlyList<RecallCase> singles, CancellationToken abort)
    {
        var text = new StringBuilder("\n### The shop, weakness by weakness\n\nThe place of the first right proposal among ten.\n\n| weakness | | rules | model (script) | rules, nothing declared | the rules propose first |\n|---|---|---|---|---|---|\n");
        foreach (var one in singles)
        {
            var weakness = one.Planted[0];
            var rules = (await Policy.Rules.SuggestAsync(one.Topology, 10, 0, abort)).Suggestions;
            var model = (await ScriptedReader.Policy.SuggestAsync(one.Topology, 10, 0, abort)).Suggestions;
            var undeclared = (await Policy.Rules.SuggestAsync(one.Topology.Undeclared(), 10, 0, abort)).Suggestions;
            text.Append($"| {weakness.Id} | {weakness.Title} | {Place(rules)} | {Place(model)} | {Place(undeclared)} | {rules[0].Fault} on {rules[0].Component.Split('/')[^1]} |\n");

            string Place(IReadOnlyList<Suggestion> suggestions) => RecallScore.Place(suggestions, weakness) is > 0 and var place ? place.ToString(CultureInfo.InvariantCulture) : "–";
        }

        return text.ToString();
    }

    /// <summary>What is said of applications in which nothing is planted.</summary>
    private static string Alarms(Topology shop, ref bool holds)
    {
        var text = new StringBuilder("\n### Nothing planted\n\nWhat an honest advisor says here is: nothing grave. The generated topologies have small flaws all the same, one in ten of their components, and the medium findings are those.\n\n");
        text.Append("| topology | findings: high | medium | low | of the first three proposals, rest on a weakness that is high | medium | low | on none that is seen |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var (name, topology) in PlantedTopology.All.Select(one => (one.Name, one.Healthy())).Prepend(("the resilient shop", shop)))
        {
            var advisory = Advisor.Propose(topology, RiskCatalogue.BuiltIn, new AdviceOptions());
            var violated = advisory.Findings.Where(finding => finding.Answer == Answer.Violated).ToLookup(finding => finding.Severity);
            var rests = advisory.Proposals.Select(proposal => advisory.Findings.First(finding => finding.Id == proposal.Evidence[0])).ToArray();
            int Resting(Severity severity) => rests.Count(finding => finding.Answer == Answer.Violated && finding.Severity == severity);
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {violated[Severity.High].Count()} | {violated[Severity.Medium].Count()} | {violated[Severity.Low].Count()} | {Resting(Severity.High)} | {Resting(Severity.Medium)} | {Resting(Severity.Low)} | {rests.Count(finding => finding.Answer != Answer.Violated)} |\n");
            holds &= !violated[Severity.High].Any();
        }

        return text.ToString();
    }
}
