using System.Text.Json.Nodes;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>The same as JSON, for programs: <c>craterctl suggest --json</c>.</summary>
public static class AdvisoryJson
{
    public static JsonObject Of(Advisory advisory, IReadOnlyList<string> paths) => new()
    {
        ["schema"] = "crater/advice/v1",
        ["source"] = advisory.Source,
        ["origin"] = Of(advisory.Origin),
        ["summary"] = advisory.Summary,
        ["proposals"] = new JsonArray([.. advisory.Proposals.Select((proposal, i) => Of(proposal, i < paths.Count ? paths[i] : null))]),
        ["findings"] = new JsonArray([.. advisory.Findings.Select(Of)]),
        ["considered"] = new JsonArray([.. advisory.Considered.Select(c => new JsonObject { ["candidate"] = c.Candidate, ["score"] = c.Score, ["outcome"] = c.Outcome })]),
    };

    private static JsonObject Of(AdviceOrigin origin) => new()
    {
        ["source"] = origin.Source,
        ["rung"] = origin.Rung,
        ["repairs"] = origin.Repairs,
        ["calls"] = origin.Calls,
        ["inputTokens"] = origin.InputTokens,
        ["outputTokens"] = origin.OutputTokens,
        ["money"] = origin.Money,
        ["fallback"] = origin.Fallback,
    };

    private static JsonObject Of(Proposal proposal, string? path) => new()
    {
        ["id"] = proposal.Id,
        ["slug"] = proposal.Slug,
        ["title"] = proposal.Title,
        ["reason"] = proposal.Reason,
        ["source"] = proposal.Source,
        ["confidence"] = proposal.Confidence,
        ["freeForm"] = proposal.IsFreeForm,
        ["risk"] = proposal.Risk.Id,
        ["riskLevel"] = proposal.RiskLevel.ToString().ToLowerInvariant(),
        ["score"] = Math.Round(proposal.Score, 4),
        ["component"] = proposal.Component,
        ["weak"] = proposal.Weak,
        ["action"] = proposal.Fault.Name,
        ["arguments"] = new JsonObject(proposal.Fault.Arguments.Where(a => a.Value.Length > 0).Select(a => KeyValuePair.Create(a.Key, (JsonNode?)JsonValue.Create(a.Value)))),
        ["target"] = proposal.Target.ToString(),
        ["duration"] = Durations.Text(proposal.Duration),
        ["evidence"] = Texts(proposal.Evidence),
        ["expectedImpact"] = proposal.ExpectedImpact,
        ["blastRadius"] = new JsonObject
        {
            ["targets"] = Texts(proposal.BlastRadius.Targets),
            ["direct"] = Texts(proposal.BlastRadius.Direct),
            ["transitive"] = Texts(proposal.BlastRadius.Transitive),
            ["entryRoutes"] = Texts(proposal.BlastRadius.EntryRoutes),
            ["entryRouteShare"] = Math.Round(proposal.BlastRadius.EntryRouteShare, 4),
        },
        ["prevention"] = Texts(proposal.Risk.Prevention),
        ["emergency"] = Texts(proposal.Risk.Emergency),
        ["byHand"] = new JsonObject { ["do"] = Texts(proposal.ByHand.Do), ["undo"] = Texts(proposal.ByHand.Undo) },
        ["savedTo"] = path,
    };

    private static JsonObject Of(Finding finding) => new()
    {
        ["id"] = finding.Id,
        ["rule"] = finding.Rule,
        ["version"] = finding.Version,
        ["component"] = finding.Component,
        ["object"] = finding.Object,
        ["observed"] = finding.Observed,
        ["answer"] = finding.Answer.ToString().ToLowerInvariant(),
        ["severity"] = finding.Severity.ToString().ToLowerInvariant(),
        ["suggests"] = Texts(finding.Suggests),
        ["fixFirst"] = finding.FixFirst,
        ["blind"] = finding.Blind,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)JsonValue.Create(text))]);
}
