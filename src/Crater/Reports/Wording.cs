using System.Globalization;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>How values are written for people: three significant digits, always with a unit.</summary>
public static class Wording
{
    public static string Value(string metric, double value) => KnownMetrics.Unit(metric) switch
    {
        "ratio" => Percent(value),
        "s" => Span(TimeSpan.FromSeconds(value)),
        "req/s" => $"{Number(value)} req/s",
        "cores" => $"{Number(value)} cores",
        "bytes" => Bytes(value),
        _ => Number(value),
    };

    /// <summary>A ratio as a percentage: <c>23.4 %</c>.</summary>
    public static string Percent(double ratio) => $"{Number(ratio * 100)} %";

    /// <summary>A duration in the unit that fits it: <c>870 µs</c>, <c>187 ms</c>, <c>12.4 s</c>, <c>2 min 5 s</c>.</summary>
    public static string Span(TimeSpan span) => span.TotalSeconds switch
    {
        0 => "0 s",
        < 0.001 => $"{Number(span.TotalMicroseconds)} µs",
        < 0.9995 => $"{Number(span.TotalMilliseconds)} ms",
        < 60 => $"{Number(span.TotalSeconds)} s",
        < 3600 => $"{Math.Floor(span.TotalMinutes):0} min {span.Seconds} s",
        _ => $"{Math.Floor(span.TotalHours):0} h {span.Minutes} min",
    };

    /// <summary>A length of time that was measured second by second: <c>8.6 s</c>, from a minute on as <see cref="Span"/>.</summary>
    public static string Tenths(TimeSpan span) =>
        span.TotalSeconds < 60 ? $"{span.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s" : Span(span);

    /// <summary>Seconds from the fault's begin, signed: <c>+2.3 s</c>.</summary>
    public static string Offset(TimeSpan offset) =>
        $"{(offset < TimeSpan.FromMilliseconds(-50) ? "−" : "+")}{Math.Abs(offset.TotalSeconds).ToString("0.0", CultureInfo.InvariantCulture)} s";

    /// <summary>Wall clock of the run, UTC, to the tenth of a second.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.f", CultureInfo.InvariantCulture);

    /// <summary>Date and time, UTC, to the second.</summary>
    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>The metric as a reader calls it.</summary>
    public static string Name(string metric) => metric switch
    {
        KnownMetrics.ErrorRate => "Error rate",
        KnownMetrics.LatencyP50 => "Latency p50",
        KnownMetrics.LatencyP95 => "Latency p95",
        KnownMetrics.LatencyP99 => "Latency p99",
        KnownMetrics.Throughput => "Throughput",
        KnownMetrics.CpuUsage => "CPU",
        KnownMetrics.MemoryUsage => "Memory",
        KnownMetrics.ReadyReplicas => "Ready replicas",
        KnownMetrics.Restarts => "Restarts",
        _ => metric,
    };

    /// <summary>The last part of a component or target id: <c>deployment/shop/carts</c> is <c>carts</c>.</summary>
    public static string Short(string id) => id[(id.LastIndexOf('/') + 1)..];

    public static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    internal static string Number(double value)
    {
        var size = Math.Abs(value);
        return value.ToString(size switch { 0 => "0", < 0.095 => "0.##", < 9.95 => "0.##", < 99.5 => "0.#", _ => "0" }, CultureInfo.InvariantCulture);
    }

    private static string Bytes(double bytes) => Math.Abs(bytes) switch
    {
        < 1024 => $"{Number(bytes)} B",
        < 1024 * 1024 => $"{Number(bytes / 1024)} KiB",
        < 1024 * 1024 * 1024 => $"{Number(bytes / 1024 / 1024)} MiB",
        _ => $"{Number(bytes / 1024 / 1024 / 1024)} GiB",
    };
}
