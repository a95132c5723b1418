using System.Text;
using Crater.Journals;

namespace Crater.Reports;

/// <summary>The report as Markdown (CommonMark with tables), readable as plain text too.</summary>
public static class MarkdownReport
{
    public static string Write(ReportModel model)
    {
        var text = new StringBuilder();
        text.Append($"# Chaos experiment: {Plain(model.Title)}\n\n");
        WriteResidue(text, model);
        text.Append($"**{Verdict(model.Verdict, model.IsPlain)}**\n\n{Plain(model.Finding)}\n\n");
        Section(text, "Executive summary");
        Table(text, ["", ""], model.Summary.Select(line => new[] { line.Label, line.Value }));
        List(text, model.Reasons);
        Section(text, "What happened");
        text.Append(string.Join("\n\n", model.WhatHappened.Select(Plain))).Append("\n\n");
        Section(text, "Key findings");
        List(text, model.KeyFindings.Count > 0 ? model.KeyFindings : ["Nothing was measured that could be compared."]);
        Section(text, "Timeline");
        Table(text, ["UTC", model.IsPlain ? "since the begin" : "since the fault", "what"], model.Timeline.Select(entry =>
            new[] { entry.Clock, entry.Offset, (entry.IsAlarm ? "⚠ " : "") + entry.Text }));
        if (!model.IsPlain || model.ImpactTable.Count > 0)
        {
            WriteImpact(text, model);
        }

        if (!model.IsPlain)
        {
            WriteBlast(text, model);
        }

        MarkdownCause.Write(text, model.Cause);
        WriteRecommendations(text, model);
        if (!model.IsPlain)
        {
            WriteRecovery(text, model);
        }

        Section(text, "What could not be measured");
        List(text, model.NotMeasured.Count > 0 ? model.NotMeasured : ["Nothing was missing."]);
        WriteDetails(text, model);
        return text.ToString();
    }

    internal static string Verdict(Verdict? verdict, bool isPlain) => verdict switch
    {
        Journals.Verdict.Upheld when isPlain => "✔ Upheld: the steady state held before and after the method.",
        Journals.Verdict.Refuted when isPlain => "✘ Refuted: the steady state was lost when the method was played.",
        Journals.Verdict.Upheld => "✔ Upheld: the steady state held while the fault was in place.",
        Journals.Verdict.Refuted => "✘ Refuted: the steady state was lost while the fault was in place.",
        Journals.Verdict.Inconclusive => "? Inconclusive: not enough was measured to tell.",
        _ => "? No verdict: the run did not get that far.",
    };

    private static void WriteResidue(StringBuilder text, ReportModel model)
    {
        if (model.Residue.Count == 0)
        {
            return;
        }

        text.Append("> # ✖ RESIDUE: FAULTS MAY STILL BE IN PLACE\n>\n");
        foreach (var residue in model.Residue)
        {
            text.Append($"> - **{Plain(residue.Fault)} on {Plain(residue.Target)}**: {Plain(residue.Reason)} Look with `{Code(residue.InspectWith)}`\n");
        }

        text.Append('\n');
    }

    private static void WriteImpact(StringBuilder text, ReportModel model)
    {
        Section(text, "Impact analysis");
        if (model.ImpactTable.Count == 0)
        {
            text.Append("No metric was recorded while a fault was in place.\n\n");
            return;
        }

        Table(text, ["metric", "of", "before", "during", "worst", "after", "as before, from the fault's begin", "from its end", ""], model.ImpactTable.Select(row => new[]
        {
            row.Metric, row.Component.Length > 0 ? row.Component : "the application", row.Before, row.During, row.Worst, row.After, row.FromStart, row.FromEnd,
            row.WasHit switch { true => "✘ hit", false => "✔ as before", _ => "? unknown" },
        }));
        foreach (var impact in model.Impacts.Where(impact => impact.Component.Length == 0))
        {
            text.Append($"- {Wording.Name(impact.Metric)}: `{Sparkline.Of(impact)}`\n");
        }

        text.Append("\nThe bars run over the whole run; `[` and `]` enclose the fault.\n\n");
    }

    private static void WriteBlast(StringBuilder text, ReportModel model)
    {
        Section(text, "Blast radius");
        Table(text, ["component", "role", "observed"],
        [
            .. model.Blast.Targets.Select(id => new[] { id, "target", model.Blast.Observed.GetValueOrDefault(id, "not seen to be hit") }),
            .. model.Blast.Predicted.Select(id => new[] { id, "predicted", Seen(model.Blast, id) }),
            .. model.Blast.Observed.Where(hit => !model.Blast.Targets.Contains(hit.Key) && !model.Blast.Predicted.Contains(hit.Key))
                .Select(hit => new[] { hit.Key, "not predicted", hit.Value }),
        ]);
        Section(text, "What really happened, as a sequence");
        text.Append("```mermaid\n").Append(MermaidSequence.Write(model.Sequence)).Append("```\n\n");
    }

    private static string Seen(BlastView blast, string id) => blast.Observed.GetValueOrDefault(id, blast.Unseen.Contains(id) ? "not measured" : "not hit");

    private static void WriteRecommendations(StringBuilder text, ReportModel model)
    {
        Section(text, "Recommendations");
        if (model.Recommendations.Count == 0)
        {
            text.Append("None from this evidence.\n\n");
        }

        foreach (var advice in model.Recommendations)
        {
            text.Append($"- **{Plain(advice.Text)}** {Plain(advice.Because)} _({Plain(advice.Source)})_\n");
        }

        text.Append('\n');
    }

    private static void WriteRecovery(StringBuilder text, ReportModel model)
    {
        Section(text, "Recovery certificates");
        Table(text, ["injection", "target", "mechanism", "before", "after", "fault", "evidence", ""], model.Certificates.Select(row => new[]
        {
            row.Fault, row.Target, row.Mechanism, row.Before, row.After, row.Presence, row.Evidence, row.Word,
        }));
    }

    private static void WriteDetails(StringBuilder text, ReportModel model)
    {
        Section(text, "Technical details");
        if (model.Guards.Count > 0)
        {
            Table(text, ["guard", "outcome"], model.Guards.Select(row => new[] { row.Guard, row.Outcome }));
        }

        if (model.Probes.Count > 0)
        {
            Table(text, ["probe", "expected", "before", "during", "after"], model.Probes.Select(row => new[] { row.Probe, row.Expected, row.Before, row.During, row.After }));
        }

        text.Append($"{(model.IsPlain ? "" : $"Targets were drawn with seed {model.Evidence.Plan.Seed}. ")}The experiment as it was run ({model.Evidence.ExperimentFile}):\n\n");
        var fence = new string('`', Math.Max(3, LongestFence(model.Evidence.ExperimentText) + 1));
        text.Append($"{fence}{Path.GetExtension(model.Evidence.ExperimentFile).TrimStart('.')}\n{model.Evidence.ExperimentText.TrimEnd()}\n{fence}\n");
    }

    private static int LongestFence(string text)
    {
        int longest = 0, run = 0;
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    private static void Section(StringBuilder text, string title) => text.Append($"## {title}\n\n");

    private static void List(StringBuilder text, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            text.Append($"- {Plain(line)}\n");
        }

        text.Append('\n');
    }

    private static void Table(StringBuilder text, string[] head, IEnumerable<string[]> rows)
    {
        text.Append($"| {string.Join(" | ", head)} |\n|{string.Concat(head.Select(_ => "---|"))}\n");
        foreach (var row in rows)
        {
            text.Append($"| {string.Join(" | ", row.Select(Plain))} |\n");
        }

        text.Append('\n');
    }

    // Names come from clusters and documents: none of them may end a cell, begin a tag, a heading or a link, or call anybody. Sites make links of bare addresses and mentions too.
    internal static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        text = text.ReplaceLineEndings(" ").Replace("www.", "www&period;", StringComparison.OrdinalIgnoreCase);
        for (var i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' when string.CompareOrdinal(text, i, Dot, 0, Dot.Length) != 0 => "&amp;",
                ':' when i + 1 < text.Length && text[i + 1] is '/' || IsAddress(text, i) => "&colon;",
                '@' => "&commat;",
                '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '#' or '~' or '$' => $"\\{text[i]}",
                var c when char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator => " ",
                var c => c.ToString(),
            });
        }

        return plain.ToString();
    }

    private const string Dot = "&period;";

    private static bool IsAddress(string text, int colon) => new[] { "mailto", "tel", "javascript", "data" }.Any(scheme =>
        colon >= scheme.Length && string.Compare(text, colon - scheme.Length, scheme, 0, scheme.Length, StringComparison.OrdinalIgnoreCase) == 0);

    private static string Code(string text) => text.ReplaceLineEndings(" ").Replace('`', '\'');
}
