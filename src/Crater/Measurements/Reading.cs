namespace Crater.Measurements;

/// <summary>One measured value. No value is never a value: a source that sees nothing returns null, not zero.</summary>
/// <param name="Metric">For example <c>error_rate</c>, <c>latency_p95</c>, <c>ready_replicas</c>.</param>
/// <param name="Value">In the metric's unit: ratios 0 to 1, latencies in seconds, CPU in cores, memory in bytes, throughput in requests per second.</param>
/// <param name="At">When it was true, not when it was read.</param>
/// <param name="Samples">How many observations it rests on; 0 means nothing was measured.</param>
/// <param name="Source">Who says so: load, pod metrics, lab, prometheus.</param>
public sealed record Reading(string Metric, double Value, DateTimeOffset At, long Samples, string Source);

/// <summary>A place that metrics come from.</summary>
public interface IMetricSource
{
    /// <summary>For example <c>load</c>, <c>prometheus</c>, <c>lab</c>.</summary>
    string Name { get; }

    /// <summary>Whether it could answer for this metric at all.</summary>
    bool Knows(MetricQuery query);

    /// <summary>The freshest reading, or null when nothing was measured in the window.</summary>
    Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort);
}

/// <summary>What is asked of a source.</summary>
/// <param name="Metric">A known name, or a PromQL expression when <paramref name="IsPromQl"/>.</param>
/// <param name="Component">Component id it is asked for; empty for the whole application as its users see it.</param>
/// <param name="Window">How far back the value looks. Default: 5 s.</param>
public sealed record MetricQuery(string Metric, string Component, TimeSpan Window, bool IsPromQl = false);

/// <summary>The metrics that every source may know, with their units.</summary>
public static class KnownMetrics
{
    public const string ErrorRate = "error_rate";
    public const string LatencyP50 = "latency_p50";
    public const string LatencyP95 = "latency_p95";
    public const string LatencyP99 = "latency_p99";
    public const string Throughput = "throughput";
    public const string CpuUsage = "cpu_usage";
    public const string MemoryUsage = "memory_usage";
    public const string ReadyReplicas = "ready_replicas";
    public const string Restarts = "restarts";

    public static IReadOnlyList<string> All { get; } =
        [ErrorRate, LatencyP50, LatencyP95, LatencyP99, Throughput, CpuUsage, MemoryUsage, ReadyReplicas, Restarts];

    public static string Unit(string metric) => metric switch
    {
        ErrorRate => "ratio",
        LatencyP50 or LatencyP95 or LatencyP99 => "s",
        Throughput => "req/s",
        CpuUsage => "cores",
        MemoryUsage => "bytes",
        ReadyReplicas or Restarts => "count",
        _ => "",
    };
}
