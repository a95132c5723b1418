using System.Globalization;
using Crater.Documents;
using Crater.Measurements;

namespace Crater.Risks;

/// <summary>Reads the probes and guards of a risk.</summary>
internal static class RiskConditions
{
    private static readonly string[] Ofs = ["application", "target", "weak"];

    public static RiskProbe Probe(RiskFields fields)
    {
        fields.OnlyKeys("name", "metric", "of", "from", "to");
        var metric = Metric(fields);
        var of = fields.Text("of", otherwise: "application");
        if (!Ofs.Contains(of))
        {
            fields.Say("of", "CRT9203", $"'{of}' is none of {string.Join(", ", Ofs)}.");
        }

        // "replicas" stands for as many as the component is meant to have.
        var lower = fields.Text("from", otherwise: "0") == "replicas" ? double.NaN : fields.Number("from", 0, 1e12, otherwise: 0);
        var upper = fields.Number("to", 0, 1e12);
        if (lower > upper)
        {
            fields.Say("from", "CRT9203", string.Create(CultureInfo.InvariantCulture, $"'from' is {lower}, above 'to' {upper}."));
        }

        return new RiskProbe(fields.Text("name"), metric, of, lower, upper);
    }

    public static RiskGuard Guard(RiskFields fields)
    {
        fields.OnlyKeys("metric", "above", "below", "for");
        if (!fields.Has("above") && !fields.Has("below"))
        {
            fields.Say("", "CRT9201", "A guard needs 'above' or 'below'.");
        }

        return new RiskGuard(
            Metric(fields),
            fields.Has("above") ? fields.Number("above", 0, 1e12) : null,
            fields.Has("below") ? fields.Number("below", 0, 1e12) : null,
            fields.Duration("for", otherwise: TimeSpan.Zero));
    }

    private static string Metric(RiskFields fields)
    {
        var metric = fields.Text("metric");
        if (metric.Length > 0 && !KnownMetrics.All.Contains(metric))
        {
            fields.Say("metric", "CRT9209", $"There is no metric '{metric}'. The metrics are {string.Join(", ", KnownMetrics.All)}.");
        }

        return metric;
    }
}
