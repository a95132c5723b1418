using System.Text;
using Crater.Measurements;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>The part of the page that shows what was measured: tiles, charts, the table of impacts and the graph.</summary>
internal static class HtmlMeasurements
{
    public static void AppendTiles(StringBuilder page, ReportModel model)
    {
        var tiles = model.ImpactTable.Zip(model.Impacts).Where(pair => pair.Second.Component.Length == 0
            && pair.Second.Metric is KnownMetrics.ErrorRate or KnownMetrics.LatencyP95 or KnownMetrics.Throughput).ToList();
        if (tiles.Count == 0)
        {
            return;
        }

        page.Append("<div class=\"tiles\">\n");
        foreach (var (row, impact) in tiles)
        {
            var worst = Impact.LessIsWorse(impact.Metric) ? "at its lowest" : "at its highest";
            page.Append($"<div class=\"tile {Look(row.WasHit)}\"><div class=\"what\">{Text(row.Metric)}, {worst}</div><div class=\"value\">{Text(row.Worst)}</div><div class=\"before\">before: {Text(row.Before)}</div></div>\n");
        }

        var slowest = tiles.Where(pair => pair.First.WasHit == true).OrderByDescending(pair => pair.Second.IsStillOut ? TimeSpan.MaxValue : pair.Second.FromStart?.Length ?? TimeSpan.MaxValue).FirstOrDefault();
        var text = slowest.First is null ? "0 s" : slowest.First.FromStart;
        var note = slowest.First is null ? "users did not feel it" : $"{(slowest.Second.IsStillOut ? "" : "from the fault's begin; ")}slowest: {slowest.First.Metric.ToLowerInvariant()}";
        page.Append($"<div class=\"tile {(slowest.First is null ? "calm" : "hit")}\"><div class=\"what\">Until as before</div><div class=\"value\">{Text(text)}</div><div class=\"before\">{Text(note)}</div></div>\n</div>\n");
    }

    public static void Append(StringBuilder page, ReportModel model)
    {
        page.Append("<section><h2>Impact analysis</h2>\n");
        if (model.Window is null || model.Impacts.Count == 0)
        {
            page.Append(model.IsPlain ? "<p>Crater put no fault in place, so it compared no metric.</p></section>\n" : "<p>No metric was recorded while a fault was in place.</p></section>\n");
        }
        else
        {
            AppendCharts(page, model, model.Window);
            AppendTable(page, model);
            page.Append("</section>\n");
        }

        page.Append("<section><h2>Blast radius</h2>\n<figure>").Append(GraphDrawing.Draw(model));
        page.Append("<p class=\"hidden\">An arrow goes from a component to what it depends on.</p></figure>\n");
        AppendBlast(page, model.Blast);
        page.Append("</section>\n");
    }

    private static void AppendCharts(StringBuilder page, ReportModel model, FaultWindow window)
    {
        Impact? Users(string metric) => model.Impacts.FirstOrDefault(impact => impact.Component.Length == 0 && impact.Metric == metric);
        if (Users(KnownMetrics.Throughput) is { } throughput)
        {
            page.Append(new LineChart("Throughput: good answers per second", KnownMetrics.Throughput, [new("throughput", "good", Centred(throughput))], window, throughput.Band?.Lower).Draw());
        }

        if (Users(KnownMetrics.ErrorRate) is { } errors)
        {
            page.Append(new LineChart("Error rate, as users saw it", KnownMetrics.ErrorRate, [new("error rate", "bad", Centred(errors))], window, errors.Band?.Upper).Draw());
        }

        (string Metric, string Name, string Look)[] latencies =
            [(KnownMetrics.LatencyP50, "p50", "a"), (KnownMetrics.LatencyP95, "p95", "b"), (KnownMetrics.LatencyP99, "p99", "c")];
        var lines = latencies.Select(latency => (latency, Impact: Users(latency.Metric))).Where(pair => pair.Impact is not null)
            .Select(pair => new ChartLine(pair.latency.Name, pair.latency.Look, Centred(pair.Impact!))).ToList();
        if (lines.Count > 0)
        {
            page.Append(new LineChart("Latency, from the moment a request was due", KnownMetrics.LatencyP95, lines, window, Users(KnownMetrics.LatencyP95)?.Band?.Upper).Draw());
        }

        page.Append("<div class=\"small\">\n");
        foreach (var impact in model.Impacts.Where(impact => impact.Component.Length > 0 && impact.WasHit == true).Take(8))
        {
            var limit = Impact.LessIsWorse(impact.Metric) ? impact.Band?.Lower : impact.Band?.Upper;
            page.Append(new LineChart($"{Wording.Name(impact.Metric)} of {Wording.Short(impact.Component)}", impact.Metric,
                [new(Wording.Name(impact.Metric), impact.Metric == KnownMetrics.ErrorRate ? "bad" : "a", Centred(impact))], window, limit)
            { Width = 460 }.Draw());
        }

        page.Append("</div>\n");
    }

    // A line of the load stands for the second that begins at its time; it is drawn in that second's middle.
    private static IReadOnlyList<MetricPoint> Centred(Impact impact) => impact.Series.Source == "load"
        ? [.. impact.Series.Points.Select(point => point with { At = point.At + TimeSpan.FromSeconds(0.5) })]
        : impact.Series.Points;

    private static void AppendTable(StringBuilder page, ReportModel model) => page.Append("<div class=\"figures\">").Append(Table(
        ["Metric", "Of", "Before", "During", "Worst", "After", "As before, from the fault's begin", "From its end", ""],
        model.ImpactTable.Select(row => new[]
        {
            Text(row.Metric), Text(row.Component.Length > 0 ? row.Component : "the application"), Text(row.Before), Text(row.During), $"<strong>{Text(row.Worst)}</strong>",
            Text(row.After), Text(row.FromStart), Text(row.FromEnd), Tag(row.WasHit, "✘ hit", "✔ as before"),
        }), "Every metric before, during and after the fault")).Append("</div>\n");

    private static void AppendBlast(StringBuilder page, BlastView blast) => page.Append(Table(["Component", "Role", "Observed"],
    [
        .. blast.Targets.Select(id => new[] { Text(id), "target", Text(blast.Observed.GetValueOrDefault(id, "not seen to be hit")) }),
        .. blast.Predicted.Select(id => new[]
        {
            Text(id), "predicted", Text(blast.Observed.GetValueOrDefault(id, blast.Unseen.Contains(id) ? "not measured" : "not hit")),
        }),
        .. blast.Observed.Where(hit => !blast.Targets.Contains(hit.Key) && !blast.Predicted.Contains(hit.Key))
            .Select(hit => new[] { Text(hit.Key), "not predicted", Text(hit.Value) }),
    ], "The blast radius that was predicted and observed"));

    private static string Look(bool? wasHit) => wasHit switch { true => "hit", false => "calm", _ => "" };

    internal static string Tag(bool? wasHit, string bad, string good) => wasHit switch
    {
        true => $"<span class=\"tag bad\">{bad}</span>",
        false => $"<span class=\"tag good\">{good}</span>",
        _ => "<span class=\"tag unsure\">? unknown</span>",
    };
}
