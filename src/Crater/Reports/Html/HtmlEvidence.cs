using System.Text;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>The part of the page that proves: certificates, blind spots, guards, probes, the document and where every figure comes from.</summary>
internal static class HtmlEvidence
{
    public static void Append(StringBuilder page, ReportModel model)
    {
        page.Append("<section><h2>Recovery certificates</h2>\n");
        page.Append(model.Certificates.Count == 0 ? "<p>Nothing was injected, so nothing had to be recovered.</p>\n" : Table(
            ["Injection", "Target", "Mechanism", "Before", "After", "Fault", "Evidence", ""],
            model.Certificates.Select(row => new[]
            {
                Text(row.AskedAs.Length > 0 && row.AskedAs != row.Fault.Split('(')[0] ? $"{row.Fault}, asked for as '{row.AskedAs}'" : row.Fault),
                Text(row.Target), Text(row.Mechanism), Text(row.Before), Text(row.After), Text(row.Presence), Text(row.Evidence),
                HtmlMeasurements.Tag(!row.IsClean, row.Word, row.Word),
            }), "Evidence per injection that its target is as it was"));
        page.Append("</section>\n<section><h2>What could not be measured</h2>\n");
        HtmlReport.AppendList(page, model.NotMeasured, "Nothing was missing.");
        page.Append("</section>\n<section><h2>Technical details</h2>\n");
        AppendWatched(page, model);
        var seed = model.Evidence.Plan.Seed;
        page.Append($"<h3>The experiment as it was run ({Text(model.Evidence.ExperimentFile)}{(model.IsPlain ? "" : $"; targets drawn with seed {seed}")})</h3>\n");
        page.Append($"<pre>{Text(model.Evidence.ExperimentText.TrimEnd())}</pre>\n");
        page.Append("<details><summary>Where every figure comes from</summary>\n");
        page.Append(Table(["Figure", "From"], model.Figures.Select(figure => new[] { Text(figure.Text), Text(figure.Provenance.ToString() ?? "") }), "Provenance of the figures"));
        page.Append("</details></section>\n");
        page.Append($"<footer>Written from the run folder of {Text(model.Run.Value)} alone; the same folder always gives the same report. Times are UTC.</footer>\n");
    }

    private static void AppendWatched(StringBuilder page, ReportModel model)
    {
        if (model.Guards.Count > 0)
        {
            page.Append("<h3>Guards</h3>\n").Append(Table(["Guard", "Outcome", ""], model.Guards.Select(row =>
                new[] { Text(row.Guard), Text(row.Outcome), HtmlMeasurements.Tag(row.Tripped, "✘ stopped the run", "✔ held") }), "Guards"));
        }

        if (model.Probes.Count > 0)
        {
            page.Append("<h3>Steady state</h3>\n").Append(Table(["Probe", "Expected", "Before", "During", "After"], model.Probes.Select(row =>
                new[] { Text(row.Probe), Text(row.Expected), Text(row.Before), Text(row.During), Text(row.After) }), "Hypothesis probes"));
        }
    }
}
