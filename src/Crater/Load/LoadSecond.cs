namespace Crater.Load;

/// <summary>What was seen in one whole second of wall-clock time. Answers count in the second in which they ended.</summary>
/// <param name="Second">Begin of the second, UTC.</param>
/// <param name="Sent">Requests sent in it.</param>
/// <param name="Completed">Requests that ended in it, well or badly, and those that could not be sent.</param>
/// <param name="Errors">Those of <paramref name="Completed"/> that are errors, by kind.</param>
/// <param name="P50">Median latency of the answers that ended in it; null when none did.</param>
public sealed record LoadSecond(
    DateTimeOffset Second, long Sent, long Completed, ErrorCounts Errors, TimeSpan? P50, TimeSpan? P95, TimeSpan? P99, TimeSpan? Max)
{
    /// <summary>Latencies that the percentiles rest on: answers and timeouts; a refused connection has no latency worth the name.</summary>
    public long Timed { get; init; }

    /// <summary>False for the seconds in which the load began and ended: their counts are those of a part of a second.</summary>
    public bool IsWhole { get; init; } = true;
}

/// <summary>All of one stretch of time together.</summary>
/// <param name="From">Begin of the first second.</param>
/// <param name="To">End of the last second.</param>
public sealed record LoadWindow(
    DateTimeOffset From, DateTimeOffset To, long Sent, long Completed, ErrorCounts Errors, LatencyHistogram Latencies)
{
    /// <summary>Errors by completed requests; null when nothing was completed.</summary>
    public double? ErrorRate => Completed == 0 ? null : (double)Errors.Total / Completed;
}

/// <summary>What one load did from begin to end.</summary>
public sealed record LoadSummary
{
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Arrivals that were due.</summary>
    public required long Intended { get; init; }

    public required long Sent { get; init; }

    public required long Completed { get; init; }

    public required ErrorCounts Errors { get; init; }

    public required LatencyHistogram Latencies { get; init; }

    /// <summary>How much later than intended the generator itself sent; large values mean that this machine was too busy to load anything.</summary>
    public required LatencyHistogram Lag { get; init; }

    /// <summary>Requests per scenario name.</summary>
    public required IReadOnlyDictionary<string, long> Scenarios { get; init; }
}
