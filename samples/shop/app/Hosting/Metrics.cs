using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Shop.Hosting;

/// <summary>Counters and latency histograms in Prometheus' text format, under the names that its users expect.</summary>
internal sealed class Metrics
{
    /// <summary>Upper bounds of the latency buckets. Unit: seconds. Prometheus' client libraries use the same.</summary>
    private static readonly double[] Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<string, StrongLong> _counters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Histogram> _durations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<double>> _gauges = new(StringComparer.Ordinal);

    /// <param name="series">Metric name with its labels, e.g. <c>shop_orders_total{outcome="placed"}</c>.</param>
    public void Count(string series, long by = 1) => Interlocked.Add(ref _counters.GetOrAdd(series, static _ => new()).Value, by);

    public long Read(string series) => _counters.TryGetValue(series, out var counter) ? Interlocked.Read(ref counter.Value) : 0;

    public void Gauge(string series, Func<double> read) => _gauges[series] = read;

    public void Observe(string method, string route, int code, TimeSpan elapsed)
    {
        Count($"http_requests_total{{method=\"{method}\",route=\"{route}\",code=\"{code}\"}}");
        _durations.GetOrAdd($"method=\"{method}\",route=\"{route}\"", static _ => new()).Observe(elapsed.TotalSeconds);
    }

    public string Text()
    {
        var text = new StringBuilder(4096);
        foreach (var family in _counters.GroupBy(pair => Family(pair.Key)).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append("# TYPE ").Append(family.Key).Append(" counter\n");
            foreach (var (series, counter) in family)
            {
                text.Append(series).Append(' ').Append(Interlocked.Read(ref counter.Value)).Append('\n');
            }
        }

        foreach (var (series, read) in _gauges)
        {
            text.Append("# TYPE ").Append(Family(series)).Append(" gauge\n").Append(series).Append(' ').Append(Number(read())).Append('\n');
        }

        if (!_durations.IsEmpty)
        {
            text.Append("# TYPE http_request_duration_seconds histogram\n");
        }

        foreach (var (labels, histogram) in _durations)
        {
            histogram.Write(text, labels);
        }

        return Process(text).ToString();
    }

    private static StringBuilder Process(StringBuilder text)
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        var started = new DateTimeOffset(self.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
        return text.Append("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total ").Append(Number(self.TotalProcessorTime.TotalSeconds))
            .Append("\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes ").Append(self.WorkingSet64)
            .Append("\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ").Append(Number(started)).Append('\n');
    }

    private static string Family(string series) => series.IndexOf('{') is > 0 and var brace ? series[..brace] : series;

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private sealed class StrongLong
    {
        public long Value;
    }

    private sealed class Histogram
    {
        private readonly long[] _counts = new long[Buckets.Length + 1];
        private readonly Lock _gate = new();
        private double _sum;

        public void Observe(double seconds)
        {
            var bucket = Array.FindIndex(Buckets, bound => seconds <= bound);
            lock (_gate)
            {
                _counts[bucket < 0 ? Buckets.Length : bucket]++;
                _sum += seconds;
            }
        }

        public void Write(StringBuilder text, string labels)
        {
            lock (_gate)
            {
                long seen = 0;
                for (var i = 0; i < _counts.Length; i++)
                {
                    seen += _counts[i];
                    var bound = i < Buckets.Length ? Number(Buckets[i]) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"http_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {seen}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"http_request_duration_seconds_sum{{{labels}}} {Number(_sum)}\n");
                text.Append(CultureInfo.InvariantCulture, $"http_request_duration_seconds_count{{{labels}}} {seen}\n");
            }
        }
    }
}
