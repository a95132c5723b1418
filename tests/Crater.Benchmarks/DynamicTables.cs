using System.Globalization;
using System.Text;
using Crater.Journals;
using Crater.Tests.Advice.Recall;

namespace Crater.Benchmarks;

/// <summary>The dynamic part in words and tables.</summary>
internal static class DynamicTables
{
    public static string Text(IReadOnlyList<PolicyRuns> policies, IReadOnlyDictionary<string, ProvingRun> controls, IReadOnlyList<ProvingRun> nothing)
    {
        var text = new StringBuilder("| policy | experiments | weaknesses proven | proven per experiment | refuted | upheld | inconclusive | unrecovered | minutes |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var policy in policies)
        {
            var proven = policy.Proven(controls);
            int With(Verdict verdict) => policy.Played.Count(played => played.Run.Verdict == verdict);
            text.Append(CultureInfo.InvariantCulture, $"| {policy.Name} | {policy.Played.Count} | {proven.Count} of {Proof.All.Count} | {(double)proven.Count / Math.Max(1, policy.Played.Count):0.00} | {With(Verdict.Refuted)} | {With(Verdict.Upheld)} | {With(Verdict.Inconclusive)} | {policy.Residue} | {policy.Played.Sum(played => played.Run.Seconds) / 60:0.0} |\n");
        }

        text.Append("\n### What counts as proof, and in which experiment each policy gave it\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| weakness | | the fault hits | the measure | {string.Join(" | ", policies.Select(policy => policy.Name))} |\n|---|---|---|---|{string.Concat(policies.Select(_ => "---|"))}\n");
        foreach (var proof in Proof.All)
        {
            var cells = policies.Select(policy => policy.Proven(controls).TryGetValue(proof.Weakness.Id, out var place) ? place.ToString(CultureInfo.InvariantCulture) : "–");
            text.Append(CultureInfo.InvariantCulture, $"| {proof.Weakness.Id} | {proof.Weakness.Title} | {string.Join(", ", proof.Weakness.Hits)} | {proof.Shows} | {string.Join(" | ", cells)} |\n");
        }

        foreach (var policy in policies.Take(1))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### The experiments of the {policy.Name}, in order\n\n| | experiment | verdict | why | without the weaknesses | proves |\n|---|---|---|---|---|---|\n");
            for (var i = 0; i < policy.Played.Count; i++)
            {
                var played = policy.Played[i];
                var control = controls.TryGetValue(played.Run.Key, out var known) ? Lower(known.Verdict) : "–";
                var alone = played.Alone is { } hidden ? $"; alone on {hidden.Variant}: {Lower(hidden.Verdict)}" : "";
                var proven = string.Join(", ", played.Proven(controls).Select(weakness => weakness.Id));
                var reasons = (played.Alone ?? played.Run).Reasons;
                text.Append(CultureInfo.InvariantCulture, $"| {i + 1} | {played.Proposal.Risk.Id}: {played.Run.Title} | {Lower(played.Run.Verdict)}{alone} | {Escaped(string.Join(" ", reasons.Take(2)))} | {control} | {proven} |\n");
            }
        }

        if (nothing.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### Nothing planted\n\nThe rules' {nothing.Count} proposals for the resilient shop, run there: {nothing.Count(run => run.Verdict == Verdict.Refuted)} refuted, {nothing.Count(run => run.Verdict == Verdict.Upheld)} upheld, {nothing.Count(run => run.Verdict == Verdict.Inconclusive)} inconclusive, {nothing.Sum(run => run.Residue)} unrecovered.\n");
            foreach (var run in nothing.Where(run => run.Verdict != Verdict.Upheld))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n- {run.Title}: {Lower(run.Verdict)}. {Escaped(run.Reasons is [var first, ..] ? first : "")}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Lower(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
