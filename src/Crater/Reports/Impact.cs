using Crater.Measurements;

namespace Crater.Reports;

/// <summary>What the fault did to one metric: before, during, after, and how long until it was as before.</summary>
public sealed record Impact
{
    public required MetricSeries Series { get; init; }

    /// <summary>Null when nothing was measured then.</summary>
    public WindowStats? Before { get; init; }

    public WindowStats? During { get; init; }

    public WindowStats? After { get; init; }

    /// <summary>What counts as "as before"; null when the baseline was too short to say.</summary>
    public NormalBand? Band { get; init; }

    public RecoveryTime? FromStart { get; init; }

    public RecoveryTime? FromEnd { get; init; }

    /// <summary>The worst value of the fault and the time after it; worst means lowest where less is worse.</summary>
    public double? Worst { get; init; }

    public DateTimeOffset? WorstAt { get; init; }

    /// <summary>When it can be said to have happened: the second that holds the fault's begin is named by its own, and no effect stands before its cause.</summary>
    public DateTimeOffset? WorstSeenAt => WorstAt < Window.FaultFrom ? Window.FaultFrom : WorstAt;

    /// <summary>The first second of the fault, or after it, with a value that is not as before; null when there is none.</summary>
    public DateTimeOffset? LeftAt => Band is null ? null : Series.Between(Window.FaultFromSecond, Window.End).FirstOrDefault(point => !Band.Holds(point.Value))?.At;

    public required FaultWindow Window { get; init; }

    public string Metric => Series.Metric;

    public string Component => Series.Component;

    /// <summary>
    /// True when it left its normal band; null when that could not be told. A component that nobody calls for a while has no value, and silence alone
    /// is no hit.
    /// </summary>
    public bool? WasHit => Band is null || FromStart is null ? null
        : !FromStart.LeftBand ? false
        : Component.Length == 0 || (Worst is { } worst && !Band.Holds(worst)) ? true : null;

    /// <summary>It was as before at some time perhaps, but after the fault's end it was not while it was watched.</summary>
    public bool IsStillOut => FromEnd is { LeftBand: true, At: null };

    /// <summary>What users or callers of a component feel; its use of resources is not that.</summary>
    public bool IsService => Metric is not (KnownMetrics.CpuUsage or KnownMetrics.MemoryUsage or KnownMetrics.Restarts);

    public static bool LessIsWorse(string metric) => metric is KnownMetrics.Throughput or KnownMetrics.ReadyReplicas;

    public static Impact Of(MetricSeries series, FaultWindow window)
    {
        var before = series.Over(window.BaselineFrom, window.BaselineTo);
        var band = NormalBand.From(series.Metric, before);
        var since = series.Over(window.FaultFromSecond, window.End);
        return new Impact
        {
            Series = series,
            Window = window,
            Before = before,
            During = series.Over(window.FaultFromSecond, window.FaultToSecond),
            After = series.Over(window.FaultToSecond, window.End),
            Band = band,
            FromStart = band is null ? null : RecoveryTime.Of(series, band, window.FaultFrom, window.End),
            FromEnd = band is null ? null : RecoveryTime.Of(series, band, window.FaultTo, window.End),
            Worst = LessIsWorse(series.Metric) ? since?.Min : since?.Max,
            WorstAt = LessIsWorse(series.Metric) ? since?.MinAt : since?.MaxAt,
        };
    }

    /// <summary>The impact on the application first, in the order in which people ask; then per component.</summary>
    public static IReadOnlyList<Impact> From(RunEvidence evidence, FaultWindow? window)
    {
        if (window is null)
        {
            return [];
        }

        string[] order = [KnownMetrics.ErrorRate, KnownMetrics.LatencyP50, KnownMetrics.LatencyP95, KnownMetrics.LatencyP99, KnownMetrics.Throughput];
        int Rank(string metric) => Array.IndexOf(order, metric) is >= 0 and var at ? at : order.Length;
        return
        [
            .. MetricSeries.From(evidence.Metrics).Where(series => !series.Metric.StartsWith("errors_", StringComparison.Ordinal))
                .OrderBy(series => series.Component, StringComparer.Ordinal).ThenBy(series => Rank(series.Metric))
                .Select(series => Of(series, window)),
        ];
    }
}
