using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ThreeTier;

/// <summary>Requests and how long they took, in Prometheus' text form under the usual names.</summary>
internal sealed class Metrics
{
    private static readonly double[] Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
    private readonly ConcurrentDictionary<int, long> _codes = new();
    private readonly long[] _within = new long[Buckets.Length + 1];
    private long _microseconds;

    /// <summary>Counts every request but those of the kubelet and of Prometheus, which are not users.</summary>
    public void Count(WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.Request.Path.Value is "/metrics")
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.WriteAsync(Text());
            return;
        }

        var began = Stopwatch.GetTimestamp();
        await next(context);
        if (context.Request.Path.Value is not ("/healthz" or "/ready"))
        {
            Observe(context.Response.StatusCode, Stopwatch.GetElapsedTime(began));
        }
    });

    private void Observe(int code, TimeSpan took)
    {
        _codes.AddOrUpdate(code, 1, (_, count) => count + 1);
        Interlocked.Add(ref _microseconds, (long)took.TotalMicroseconds);
        var bucket = Array.FindIndex(Buckets, bound => took.TotalSeconds <= bound);
        Interlocked.Increment(ref _within[bucket < 0 ? Buckets.Length : bucket]);
    }

    private string Text()
    {
        var text = new StringBuilder("# TYPE http_requests_total counter\n");
        foreach (var (code, count) in _codes.OrderBy(entry => entry.Key))
        {
            text.Append(CultureInfo.InvariantCulture, $"http_requests_total{{code=\"{code}\"}} {count}\n");
        }

        text.Append("# TYPE http_request_duration_seconds histogram\n");
        long seen = 0;
        for (var i = 0; i < _within.Length; i++)
        {
            seen += Interlocked.Read(ref _within[i]);
            text.Append(CultureInfo.InvariantCulture, $"http_request_duration_seconds_bucket{{le=\"{(i < Buckets.Length ? Buckets[i].ToString(CultureInfo.InvariantCulture) : "+Inf")}\"}} {seen}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"http_request_duration_seconds_sum {Interlocked.Read(ref _microseconds) / 1e6}\nhttp_request_duration_seconds_count {seen}\n").ToString();
    }
}
