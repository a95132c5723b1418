using System.Globalization;
using System.Text;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>The listing that <c>craterctl suggest</c> prints. Pure: text out, nothing is read or written.</summary>
public static class AdvisoryText
{
    /// <param name="paths">Where each proposal was saved, in order; empty when nothing was.</param>
    /// <param name="explain">Adds evidence, blast radius and the commands that would do and undo it by hand.</param>
    public static string List(Advisory advisory, IReadOnlyList<string> paths, bool explain)
    {
        var text = new StringBuilder();
        for (var i = 0; i < advisory.Proposals.Count; i++)
        {
            One(text, advisory.Proposals[i], i, i < paths.Count ? paths[i] : "", explain);
        }

        var violated = advisory.Findings.Where(finding => finding.Answer == Answer.Violated).ToArray();
        foreach (var finding in violated.Where(finding => finding.FixFirst))
        {
            text.Append(CultureInfo.InvariantCulture, $"! Mend first: {finding.Object}: {finding.Observed} ({finding.Rule}); nothing is proposed there.\n");
        }

        var blind = advisory.Findings.Count(finding => finding.Blind);
        text.Append(advisory.Proposals.Count == 0 ? "No experiment to suggest.\n" : $"✓ {Count(advisory.Proposals.Count, "experiment suggestion")} from {From(advisory)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  {Count(violated.Length, "weakness", "weaknesses")} found ({violated.Count(f => f.Severity == Severity.High)} high), ");
        text.Append(CultureInfo.InvariantCulture, $"{advisory.Findings.Count(f => f.Answer == Answer.Unknown)} unknown, {advisory.Findings.Count(f => f.Answer == Answer.Satisfied)} in order");
        return text.Append(blind > 0 ? $"; {blind} could not be looked at\n" : "\n").ToString();
    }

    /// <summary>Rules or a model, and how its answer was got; both where rules filled the list up.</summary>
    private static string From(Advisory advisory)
    {
        var origin = advisory.Origin;
        if (origin.Rung.Length == 0)
        {
            return origin.Fallback.Length > 0 ? $"rules ({origin.Fallback})" : "rules";
        }

        var byRules = advisory.Proposals.Count(proposal => proposal.Source == "rules");
        var cost = origin.Money is { } money ? string.Create(CultureInfo.InvariantCulture, $", {money:0.####} US dollars") : "";
        return $"{origin.Source} ({origin.Rung}, {Count(origin.Repairs, "correction")}, {Count(origin.Calls, "call")}, {origin.InputTokens} tokens read and {origin.OutputTokens} written{cost})"
            + (byRules > 0 ? $", {byRules} of them from rules" : "");
    }

    private static void One(StringBuilder text, Proposal proposal, int i, string path, bool explain)
    {
        text.Append(CultureInfo.InvariantCulture, $"Experiment {i + 1}: {proposal.Title}\n");
        Line(text, "Description", proposal.Reason);
        Line(text, "Impact", proposal.ExpectedImpact);
        Line(text, "Environment", "k8s");
        Line(text, "Action", proposal.Fault.ToString());
        Line(text, "Target", proposal.Target.ToString());
        Line(text, "Duration", Durations.Text(proposal.Duration));
        Line(text, "Risk", $"{proposal.RiskLevel.ToString().ToLowerInvariant()} ({proposal.Risk.Id})");
        if (proposal.Source != "rules")
        {
            Line(text, "Source", $"{proposal.Source}, confidence {proposal.Confidence}{(proposal.IsFreeForm ? ", not from the catalogue" : "")}");
        }

        if (explain)
        {
            Explain(text, proposal);
        }

        if (path.Length > 0)
        {
            Line(text, "Saved to", path);
        }

        text.Append('\n');
    }

    private static void Explain(StringBuilder text, Proposal proposal)
    {
        var radius = proposal.BlastRadius;
        Line(text, "Score", proposal.Score.ToString("0.00", CultureInfo.InvariantCulture));
        Line(text, "Evidence", string.Join("; ", proposal.Evidence));
        Line(text, "Hits", string.Join(", ", radius.Targets));
        Line(text, "Reaches", radius.Direct.Count + radius.Transitive.Count == 0 ? "nothing else" : string.Join(", ", radius.Direct.Concat(radius.Transitive)));
        Line(text, "Ways in", radius.EntryRoutes.Count == 0 ? "none known" : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", radius.EntryRoutes)} ({radius.EntryRouteShare:P0})"));
        Lines(text, "By hand", proposal.ByHand.Do);
        Lines(text, "Undo", proposal.ByHand.Undo);
        Lines(text, "Prevention", proposal.Risk.Prevention);
        Lines(text, "Emergency", proposal.Risk.Emergency);
    }

    private static void Lines(StringBuilder text, string name, IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            Line(text, i == 0 ? name : "", lines[i]);
        }
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"   {(name.Length > 0 ? name + ":" : ""),-13}{value}\n");

    private static string Count(int count, string singular, string? plural = null) => $"{count} {(count == 1 ? singular : plural ?? singular + "s")}";
}
