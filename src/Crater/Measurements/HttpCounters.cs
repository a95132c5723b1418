using System.Globalization;

namespace Crater.Measurements;

/// <summary>What one <c>/metrics</c> page says about the HTTP requests that a process has answered since it began.</summary>
public sealed record HttpCounters
{
    // Names by which the usual libraries count: Prometheus clients, go-kit (the Sock Shop), OpenTelemetry, Spring.
    private static readonly string[] Counters = ["http_requests_total", "http_server_requests_total"];

    private static readonly string[] Histograms =
        ["http_request_duration_seconds", "request_duration_seconds", "http_server_request_duration_seconds", "http_server_requests_seconds"];

    private static readonly string[] StatusLabels = ["code", "status", "status_code", "http_response_status_code", "http_status_code"];

    /// <summary>Requests answered.</summary>
    public required double Requests { get; init; }

    /// <summary>Those with a status of 500 to 599.</summary>
    public required double Errors { get; init; }

    /// <summary>Requests that took at most so many seconds, by seconds; the last one is infinity. Empty when there is no histogram.</summary>
    public required IReadOnlyDictionary<double, double> Buckets { get; init; }

    /// <returns>Null when the page counts no HTTP requests under a name that is known here.</returns>
    public static HttpCounters? From(IReadOnlyList<PrometheusSample> samples)
    {
        var byName = samples.ToLookup(sample => sample.Name, StringComparer.Ordinal);
        var histogram = Histograms.FirstOrDefault(name => byName.Contains(name + "_bucket"));
        var counter = Counters.FirstOrDefault(byName.Contains) ?? (histogram is null ? null : histogram + "_count");
        if (counter is null)
        {
            return null;
        }

        return new HttpCounters
        {
            Requests = byName[counter].Sum(sample => sample.Value),
            Errors = byName[counter].Where(IsError).Sum(sample => sample.Value),
            Buckets = histogram is null ? new Dictionary<double, double>() : byName[histogram + "_bucket"]
                .Select(sample => (Bound: Bound(sample), sample.Value)).Where(bucket => !double.IsNaN(bucket.Bound))
                .GroupBy(bucket => bucket.Bound).ToDictionary(group => group.Key, group => group.Sum(bucket => bucket.Value)),
        };
    }

    /// <summary>What was added since <paramref name="older"/>. Fewer requests than then mean that the process began again: then everything was added.</summary>
    public HttpCounters Since(HttpCounters older) => Requests < older.Requests ? this : new HttpCounters
    {
        Requests = Requests - older.Requests,
        Errors = Math.Max(0, Errors - older.Errors),
        Buckets = Buckets.ToDictionary(bucket => bucket.Key, bucket => Math.Max(0, bucket.Value - older.Buckets.GetValueOrDefault(bucket.Key))),
    };

    public HttpCounters Plus(HttpCounters other) => new()
    {
        Requests = Requests + other.Requests,
        Errors = Errors + other.Errors,
        Buckets = Buckets.Keys.Union(other.Buckets.Keys)
            .ToDictionary(bound => bound, bound => Buckets.GetValueOrDefault(bound) + other.Buckets.GetValueOrDefault(bound)),
    };

    /// <summary>The latency that a share of the requests did not exceed, within its bucket taken as even; null when there is no histogram or nothing in it.</summary>
    /// <returns>Unit: seconds. The largest finite bound when it lies beyond all of them.</returns>
    /// <seealso href="https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile">histogram_quantile</seealso>
    public double? Quantile(double share)
    {
        var ordered = Buckets.OrderBy(bucket => bucket.Key).ToList();
        if (ordered.Count == 0 || ordered[^1].Value <= 0)
        {
            return null;
        }

        var rank = share * ordered[^1].Value;
        double lowerBound = 0, below = 0;
        foreach (var (bound, count) in ordered)
        {
            if (count >= rank && count > below)
            {
                return double.IsPositiveInfinity(bound) ? lowerBound : lowerBound + (bound - lowerBound) * (rank - below) / (count - below);
            }

            (lowerBound, below) = (double.IsPositiveInfinity(bound) ? lowerBound : bound, count);
        }

        return lowerBound;
    }

    private static bool IsError(PrometheusSample sample) =>
        StatusLabels.Any(label => sample.Labels.TryGetValue(label, out var status) && status.StartsWith('5'));

    private static double Bound(PrometheusSample sample) => sample.Labels.GetValueOrDefault("le") switch
    {
        "+Inf" => double.PositiveInfinity,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound) ? bound : double.NaN,
    };
}
