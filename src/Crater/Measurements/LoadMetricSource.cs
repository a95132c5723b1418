using Crater.Load;

namespace Crater.Measurements;

/// <summary>The application as its users see it: the metrics of the load that runs beside the experiment.</summary>
public sealed class LoadMetricSource(LoadSeries series) : ISeriesSource
{
    public string Name => "load";

    /// <summary>Knows the application as a whole only; what one component answers is not seen from outside.</summary>
    public bool Knows(MetricQuery query) => !query.IsPromQl && query.Component.Length == 0
        && query.Metric is KnownMetrics.ErrorRate or KnownMetrics.LatencyP50 or KnownMetrics.LatencyP95 or KnownMetrics.LatencyP99 or KnownMetrics.Throughput;

    public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) =>
        Task.FromResult(Knows(query) ? Read(query.Metric, series.Window(query.Window)) : null);

    /// <summary>One reading per metric and whole second, at the second's beginning; errors by kind as <c>errors_&lt;kind&gt;</c> where there were any.</summary>
    public IReadOnlyList<Reading> Since(DateTimeOffset from) =>
        [.. series.Since(from).Where(second => second.IsWhole).SelectMany(Readings)];

    private Reading? Read(string metric, LoadWindow window)
    {
        var timed = window.Latencies.Count;
        Reading? Latency(double share) => window.Latencies.Percentile(share) is { } latency
            ? new Reading(metric, latency.TotalSeconds, window.To, timed, Name)
            : null;

        return metric switch
        {
            KnownMetrics.ErrorRate when window.ErrorRate is { } rate => new Reading(metric, rate, window.To, window.Completed, Name),
            KnownMetrics.Throughput when window.Sent + window.Completed > 0 => new Reading(
                metric, (window.Completed - window.Errors.Total) / (window.To - window.From).TotalSeconds, window.To, window.Completed, Name),
            KnownMetrics.LatencyP50 => Latency(0.50),
            KnownMetrics.LatencyP95 => Latency(0.95),
            KnownMetrics.LatencyP99 => Latency(0.99),
            _ => null,
        };
    }

    private IEnumerable<Reading> Readings(LoadSecond second)
    {
        // Throughput is what users got: good answers. A second in which everything failed has a throughput of zero, and that is measured.
        yield return new Reading(KnownMetrics.Throughput, second.Completed - second.Errors.Total, second.Second, second.Completed, Name);
        if (second.Completed > 0)
        {
            yield return new Reading(KnownMetrics.ErrorRate, (double)second.Errors.Total / second.Completed, second.Second, second.Completed, Name);
        }

        foreach (var (metric, value) in new[]
        {
            (KnownMetrics.LatencyP50, second.P50), (KnownMetrics.LatencyP95, second.P95), (KnownMetrics.LatencyP99, second.P99),
        })
        {
            if (value is { } latency)
            {
                yield return new Reading(metric, latency.TotalSeconds, second.Second, second.Timed, Name);
            }
        }

        foreach (var (kind, count) in second.Errors.Occurred)
        {
            yield return new Reading($"errors_{ErrorCounts.Word(kind)}", count, second.Second, second.Completed, Name);
        }
    }
}

/// <summary>A source that keeps its own one-second series, so that nothing is lost or counted twice between two looks.</summary>
public interface ISeriesSource : IMetricSource
{
    /// <summary>Every reading of a whole second that begins at <paramref name="from"/> or later, oldest first.</summary>
    IReadOnlyList<Reading> Since(DateTimeOffset from);
}
