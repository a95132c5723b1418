using System.Globalization;

namespace Crater.Measurements;

/// <summary>How the known metrics are asked for in PromQL. <c>{match}</c> stands for the component's label matchers, <c>{window}</c> for the range.</summary>
public sealed record PrometheusExpressions
{
    /// <summary>The shortest range of a <c>rate()</c>: it must hold two scrapes, so it is at least twice the server's scrape interval.</summary>
    /// <value>Default: 30 s, for the usual interval of 15 s.</value>
    public TimeSpan RangeMin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The label matchers that select one component; <c>{namespace}</c> and <c>{name}</c> are filled in.</summary>
    /// <value>Default: what Prometheus' Kubernetes discovery labels with the namespace and pod.</value>
    public string ComponentMatch { get; init; } = "namespace=\"{namespace}\",pod=~\"{name}-.+\"";

    /// <summary>The expression of each metric.</summary>
    public IReadOnlyDictionary<string, string> ByMetric { get; init; } = new Dictionary<string, string>
    {
        [KnownMetrics.ErrorRate] = "(sum(rate(http_requests_total{{match}code=~\"5..\"}[{window}])) or vector(0)) / sum(rate(http_requests_total{{match}}[{window}]))",
        [KnownMetrics.Throughput] = "sum(rate(http_requests_total{{match}code!~\"5..\"}[{window}]))",
        [KnownMetrics.LatencyP50] = "histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{{match}}[{window}])))",
        [KnownMetrics.LatencyP95] = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{match}}[{window}])))",
        [KnownMetrics.LatencyP99] = "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{{match}}[{window}])))",
        [KnownMetrics.CpuUsage] = "sum(rate(container_cpu_usage_seconds_total{{match}container!=\"\"}[{window}]))",
        [KnownMetrics.MemoryUsage] = "sum(container_memory_working_set_bytes{{match}container!=\"\"})",
        [KnownMetrics.ReadyReplicas] = "sum(kube_pod_status_ready{{match}condition=\"true\"})",
        [KnownMetrics.Restarts] = "sum(kube_pod_container_status_restarts_total{{match}})",
    };

    /// <summary>The PromQL for a query; null when the metric is not known.</summary>
    public string? For(MetricQuery query)
    {
        if (query.IsPromQl)
        {
            return query.Metric;
        }

        if (!ByMetric.TryGetValue(query.Metric, out var expression))
        {
            return null;
        }

        var window = query.Window > RangeMin ? query.Window : RangeMin;
        return expression.Replace("{match}", Match(query.Component), StringComparison.Ordinal)
            .Replace("{window}", $"{Math.Ceiling(window.TotalSeconds).ToString(CultureInfo.InvariantCulture)}s", StringComparison.Ordinal);
    }

    private string Match(string component)
    {
        if (component.Length == 0)
        {
            return "";
        }

        var parts = component.Split('/');
        return ComponentMatch.Replace("{namespace}", Quoted(parts.Length > 2 ? parts[^2] : ""), StringComparison.Ordinal)
            .Replace("{name}", Quoted(parts[^1]), StringComparison.Ordinal) + ",";
    }

    // Names of Kubernetes objects hold no quotes; a document could.
    private static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
