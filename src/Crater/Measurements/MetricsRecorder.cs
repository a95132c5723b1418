namespace Crater.Measurements;

/// <summary>Writes every metric of interest into the run folder once a second, from before the first injection until the run is closed.</summary>
/// <param name="sources">Asked in this order; the first that knows a metric and has a value answers.</param>
/// <param name="watched">What is asked for besides the sources' own series, e.g. the ready replicas of the components that are touched.</param>
/// <param name="path">The run folder's <c>metrics.csv</c>.</param>
/// <param name="phase">The station of the run now, for people who read the file.</param>
public sealed class MetricsRecorder(
    IReadOnlyList<IMetricSource> sources, IReadOnlyList<MetricQuery> watched, string path, TimeProvider clock, Func<string> phase)
{
    /// <summary>A source that does not answer within this time has no value for the second; the others are not held up.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(900);

    private readonly Dictionary<string, DateTimeOffset> _next = [];
    private readonly Dictionary<(string Metric, string Component, string Source), DateTimeOffset> _seen = [];

    /// <summary>Records until <paramref name="stop"/>, then once more, so that the last whole second is not lost.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT7101: the file cannot be written.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        try
        {
            do
            {
                await RecordOnceAsync(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await RecordOnceAsync(CancellationToken.None);
        }
    }

    /// <summary>One look at everything, appended as one write.</summary>
    public async Task RecordOnceAsync(CancellationToken abort)
    {
        var now = phase();
        List<MetricRow> rows = [];
        foreach (var source in sources.OfType<ISeriesSource>())
        {
            var from = _next.GetValueOrDefault(source.Name, DateTimeOffset.MinValue);
            foreach (var reading in source.Since(from))
            {
                rows.Add(Row(reading, "", now));
                _next[source.Name] = reading.At + TimeSpan.FromSeconds(1);
            }
        }

        var answers = await Task.WhenAll(watched.Select(query => AskAsync(query, abort)));
        for (var index = 0; index < watched.Count; index++)
        {
            if (answers[index] is { } reading && IsNew(watched[index], reading))
            {
                rows.Add(Row(reading, watched[index].Component, now));
            }
        }

        if (rows.Count > 0)
        {
            MetricsFile.Append(path, rows);
        }
    }

    private async Task<Reading?> AskAsync(MetricQuery query, CancellationToken abort)
    {
        using var limit = new CancellationTokenSource(AnswerMax, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        foreach (var source in sources.Where(source => source is not ISeriesSource && source.Knows(query)))
        {
            try
            {
                if (await source.ReadAsync(query, either.Token) is { Samples: > 0 } reading && double.IsFinite(reading.Value))
                {
                    return reading;
                }
            }
            catch (OperationCanceledException) when (!abort.IsCancellationRequested)
            {
                return null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A source that fails has no value for this second: a missing row. The guards decide what blindness means.
            }
        }

        return null;
    }

    // A source that repeats its last value (a cache, a scrape interval) is written once per value it really measured.
    private bool IsNew(MetricQuery query, Reading reading)
    {
        var key = (query.Metric, query.Component, reading.Source);
        if (_seen.TryGetValue(key, out var last) && last >= reading.At)
        {
            return false;
        }

        _seen[key] = reading.At;
        return true;
    }

    private static MetricRow Row(Reading reading, string component, string phase) =>
        new(reading.At, phase, reading.Metric, component, reading.Value, reading.Samples, reading.Source);
}
