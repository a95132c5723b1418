using System.Text;
using Crater.Journals;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>The report as one self-contained page: no script, no network, nothing that a browser would have to fetch.</summary>
public static class HtmlReport
{
    public static string Write(ReportModel model)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        page.Append($"<title>{Text(model.Title)} – {Text(model.Run.Value)}</title>\n<style>\n{Style.Css}\n</style>\n</head>\n<body>\n<main>\n");
        AppendHead(page, model);
        if (!model.IsPlain || model.ImpactTable.Count > 0)
        {
            HtmlMeasurements.Append(page, model);
        }

        AppendStory(page, model);
        HtmlEvidence.Append(page, model);
        return page.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static void AppendHead(StringBuilder page, ReportModel model)
    {
        page.Append($"<header><p class=\"kind\">Chaos experiment · {Text(model.Run.Value)}</p><h1>{Text(model.Title)}</h1></header>\n");
        if (model.Residue.Count > 0)
        {
            page.Append("<section class=\"residue\" role=\"alert\"><h2>✖ Residue: faults may still be in place</h2><ul>");
            foreach (var residue in model.Residue)
            {
                page.Append($"<li><strong>{Text(residue.Fault)} on {Text(residue.Target)}</strong>: {Text(residue.Reason)} Look with <code>{Text(residue.InspectWith)}</code></li>");
            }

            page.Append("</ul></section>\n");
        }

        var look = model.Verdict switch { Verdict.Upheld => "upheld", Verdict.Refuted => "refuted", _ => "inconclusive" };
        page.Append($"<div class=\"verdict {look}\"><strong>{Text(MarkdownReport.Verdict(model.Verdict, model.IsPlain))}</strong><p>{Text(model.Finding)}</p></div>\n");
        page.Append("<section><h2>Executive summary</h2>\n");
        HtmlMeasurements.AppendTiles(page, model);
        page.Append("<dl class=\"facts\">");
        foreach (var (label, value) in model.Summary.Where(line => line.Label is not "Experiment"))
        {
            page.Append($"<dt>{Text(label)}</dt><dd>{Text(value)}</dd>");
        }

        page.Append("</dl>\n");
        AppendList(page, model.Reasons, "");
        page.Append("</section>\n<section><h2>What happened</h2>\n");
        page.Append(string.Concat(model.WhatHappened.Select(sentence => $"<p>{Text(sentence)}</p>\n")));
        page.Append("</section>\n<section><h2>Key findings</h2>\n");
        AppendList(page, model.KeyFindings, "Nothing was measured that could be compared.");
        page.Append("</section>\n");
    }

    private static void AppendStory(StringBuilder page, ReportModel model)
    {
        page.Append("<section><h2>Timeline</h2>\n<ol class=\"time\">\n");
        foreach (var entry in model.Timeline)
        {
            page.Append($"<li{(entry.IsAlarm ? " class=\"alarm\"" : "")}><span class=\"clock\">{Text(entry.Clock)}</span><span class=\"offset\">{Text(entry.Offset)}</span>")
                .Append($"<span class=\"said\">{(entry.IsAlarm ? "⚠ " : "")}{Text(entry.Text)}</span></li>\n");
        }

        page.Append($"</ol>\n<p class=\"hidden\">Times are UTC; the second column counts from {(model.IsPlain ? "the begin" : "the moment the fault was in place")}.</p></section>\n");
        if (!model.IsPlain)
        {
            page.Append("<section><h2>What really happened, as a sequence</h2>\n<figure>").Append(SequenceDrawing.Draw(model.Sequence)).Append("</figure></section>\n");
        }

        HtmlCause.Append(page, model.Cause);
        page.Append("<section><h2>Recommendations</h2>\n");
        if (model.Recommendations.Count == 0)
        {
            page.Append("<p>None from this evidence.</p>\n");
        }

        foreach (var advice in model.Recommendations)
        {
            page.Append($"<div class=\"advice\"><p><strong>{Text(advice.Text)}</strong></p><p class=\"why\">{Text(advice.Because)} <small>({Text(advice.Source)})</small></p></div>\n");
        }

        page.Append("</section>\n");
    }

    internal static void AppendList(StringBuilder page, IReadOnlyList<string> lines, string otherwise)
    {
        if (lines.Count > 0)
        {
            page.Append("<ul>").Append(string.Concat(lines.Select(line => $"<li>{Text(line)}</li>\n"))).Append("</ul>\n");
        }
        else if (otherwise.Length > 0)
        {
            page.Append($"<p>{Text(otherwise)}</p>\n");
        }
    }
}
