namespace Crater.Measurements;

/// <summary>The values of a metric that count as "as before", drawn from its baseline. The rules are written down in docs/measurement.md.</summary>
/// <param name="Lower">Null when there is no lower limit.</param>
/// <param name="Upper">Null when there is no upper limit.</param>
public sealed record NormalBand(double? Lower, double? Upper)
{
    /// <summary>The fewest seconds a baseline may have; with fewer there is no band and no statement.</summary>
    public const int BaselineSecondsMin = 3;

    /// <summary>
    /// The band that a baseline gives: an error rate up to one percentage point above its mean; a latency up to half as much again as its
    /// median and at least 10 ms above it; a throughput of at least nine tenths of its median; ready replicas of at least the baseline's
    /// median; CPU up to half as much again as its maximum and at least a tenth of a core above its median; memory up to a tenth above its maximum and
    /// at least a quarter above its median; no more restarts; other metrics within half as much again as the baseline's range around its median.
    /// </summary>
    /// <returns>Null when the baseline has too few seconds.</returns>
    public static NormalBand? From(string metric, WindowStats? baseline) => baseline is not { Count: >= BaselineSecondsMin } ? null : metric switch
    {
        KnownMetrics.ErrorRate => new NormalBand(null, baseline.Mean + 0.01),
        KnownMetrics.LatencyP50 or KnownMetrics.LatencyP95 or KnownMetrics.LatencyP99 =>
            new NormalBand(null, Math.Max(baseline.Median * 1.5, baseline.Median + 0.010)),
        KnownMetrics.Throughput => new NormalBand(baseline.Median * 0.9, null),
        KnownMetrics.ReadyReplicas => new NormalBand(baseline.Median, null),
        KnownMetrics.CpuUsage => new NormalBand(null, Math.Max(baseline.Max * 1.5, baseline.Median + 0.1)),
        KnownMetrics.MemoryUsage => new NormalBand(null, Math.Max(baseline.Max * 1.1, baseline.Median * 1.25)),
        KnownMetrics.Restarts => new NormalBand(null, baseline.Max),
        _ => new NormalBand(baseline.Median - Spread(baseline), baseline.Median + Spread(baseline)),
    };

    public bool Holds(double value) => !(value < Lower) && !(value > Upper);

    private static double Spread(WindowStats baseline) => Math.Max((baseline.Max - baseline.Min) * 1.5, Math.Abs(baseline.Median) * 0.1);
}
