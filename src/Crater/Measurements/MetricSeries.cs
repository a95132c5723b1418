namespace Crater.Measurements;

/// <summary>One measured value of a series.</summary>
/// <param name="Samples">How many observations it rests on; at least 1 for everything that was measured.</param>
public sealed record MetricPoint(DateTimeOffset At, double Value, long Samples);

/// <summary>One metric of one component (or of the application) over time, oldest first. Gaps are seconds in which nothing was measured.</summary>
public sealed record MetricSeries(string Metric, string Component, string Source, IReadOnlyList<MetricPoint> Points)
{
    public string Unit => KnownMetrics.Unit(Metric);

    /// <summary>Every series in the rows, ordered by component, metric and source.</summary>
    public static IReadOnlyList<MetricSeries> From(IEnumerable<MetricRow> rows) =>
    [
        .. rows.GroupBy(row => (row.Component, row.Metric, row.Source))
            .OrderBy(group => group.Key.Component, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Metric, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Source, StringComparer.Ordinal)
            .Select(group => new MetricSeries(group.Key.Metric, group.Key.Component, group.Key.Source,
                [.. group.OrderBy(row => row.At).Select(row => new MetricPoint(row.At, row.Value, row.Samples))])),
    ];

    /// <summary>The points from <paramref name="from"/> (included) to <paramref name="to"/> (excluded).</summary>
    public IReadOnlyList<MetricPoint> Between(DateTimeOffset from, DateTimeOffset to) =>
        [.. Points.Where(point => point.At >= from && point.At < to)];

    public WindowStats? Over(DateTimeOffset from, DateTimeOffset to) => WindowStats.Of(Between(from, to), isRatio: Unit == "ratio");
}
