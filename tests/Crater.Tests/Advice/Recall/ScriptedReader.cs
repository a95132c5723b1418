using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Advice;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Prompts;
using Crater.Models.Suggest;
using Crater.Risks;
using Crater.Tests.Models.Scripted;

namespace Crater.Tests.Advice.Recall;

/// <summary>
/// A script in a model's place that chooses by what the prompt says and nothing else: what is violated before what is unknown, what is grave before what is not, then what hits
/// the most critical component. It goes the whole way of a model: prompt, HTTP, schema, validation, proposals. No intelligence is measured by it, but what a careful reader
/// of the digest can get out of it, and whether the way there loses or invents anything.
/// </summary>
internal static partial class ScriptedReader
{
    public static Policy Policy { get; } = new("model (script)", false, SuggestAsync);

    public static async Task<Advisory> AdviseAsync(Topology topology, AdviceOptions options, CancellationToken abort)
    {
        var count = options.Count;
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(request => Answer(request, count).ToJsonString()));
        using var model = new HttpModel(script.Provider(), new Spending(new Budget(), null, TimeProvider.System), TimeProvider.System);
        var digest = new DigestOptions { TokensMax = DigestOptions.TokensFor(topology.Components.Count) };
        var advisory = await new ModelAdvisor(model, new PromptBook()).ProposeAsync(Shortlist.Of(topology, RiskCatalogue.BuiltIn, options), count, digest, abort);
        var prompt = script.Requests.Sum(request => request["messages"]!.AsArray().Sum(message => (long)TokenEstimate.Of(message!["content"]!.GetValue<string>())));
        return advisory with { Origin = advisory.Origin with { InputTokens = prompt } };
    }

    private static async Task<PolicyAnswer> SuggestAsync(Topology topology, int count, int seed, CancellationToken abort)
    {
        var advisory = await AdviseAsync(topology, new AdviceOptions { Count = count }, abort);
        var answer = Recall.Policy.Of(advisory.Proposals, topology, advisory.Origin.InputTokens);
        // An answer that was sent back, or given up for the rules', is no valid one.
        return advisory.Origin is { Repairs: 0, Fallback: "" } ? answer : answer with { Invalid = answer.Suggestions.Count };
    }

    private static JsonObject Answer(JsonObject request, int count)
    {
        var prompt = request["messages"]!.AsArray()[^1]!["content"]!.GetValue<string>();
        var criticality = ComponentLine().Matches(prompt).ToDictionary(match => match.Groups["id"].Value, match => double.Parse(match.Groups["criticality"].Value, CultureInfo.InvariantCulture));
        var chosen = CandidateLine().Matches(prompt)
            .OrderBy(match => match.Groups["answer"].Value switch { "violated" => 0, "unknown" => 1, _ => 2 })
            .ThenBy(match => match.Groups["severity"].Value switch { "high" => 0, "medium" => 1, _ => 2 })
            .ThenByDescending(match => criticality.GetValueOrDefault(match.Groups["target"].Value)).ThenBy(match => match.Groups["id"].Value, StringComparer.Ordinal);
        return new JsonObject
        {
            ["summary"] = "These are the tests from which the team learns the most about how its users would be hurt.",
            ["proposals"] = new JsonArray([.. chosen.Take(count).Select(match => (JsonNode?)new JsonObject
            {
                ["candidate"] = match.Groups["id"].Value,
                ["rationale"] = "The rules say that it is weak here, and much depends on the component that is hit.",
                ["expectedImpact"] = "Users of what depends on it would see errors or wait.",
                ["confidence"] = "medium",
                ["evidence"] = new JsonArray(match.Groups["rule"].Value),
                ["parameters"] = new JsonArray(),
            })]),
        };
    }

    [GeneratedRegex(@"^(?<id>c\d+) \S+ (?:\S+ )?\S+ x\d+ (?<criticality>[0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex ComponentLine();

    [GeneratedRegex(@"^(?<id>k\d+) \S+ \S+ (?<target>c\d+)(?: for c\d+)? \| (?<rule>WK-\S+)(?: WK-\S+)* (?<answer>violated|unknown|satisfied) (?<severity>high|medium|low)", RegexOptions.Multiline)]
    private static partial Regex CandidateLine();
}
