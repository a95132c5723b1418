using Crater.Discovery;
using Crater.Measurements;

namespace Crater.Kubernetes.Discovery.Meshes;

/// <summary>
/// Who counts calls between workloads, and by which metrics and labels. The names are those that its documentation gives: Istio's standard metrics, Linkerd's proxy metrics,
/// the NGINX ingress controller's, and the service graph of OpenTelemetry's collector and Tempo.
/// </summary>
internal sealed record Mesh
{
    /// <summary>What is looked back on; also what <see cref="EdgeTraffic"/> of it counts.</summary>
    public const string Window = "10m";

    public static IReadOnlyList<Mesh> All { get; } =
    [
        new Mesh
        {
            Name = "Istio",
            Metric = "istio_requests_total",
            Failed = "response_code=~\"5..|0\"",
            Labels = ["source_workload_namespace", "source_workload", "destination_workload_namespace", "destination_workload"],
            // Both ends count the same call where both have a proxy.
            Teller = "reporter",
            Buckets = "istio_request_duration_milliseconds_bucket",
            BucketUnit = TimeSpan.FromMilliseconds(1),
            From = (names, sample) => names.Workload(sample["source_workload_namespace"], sample["source_workload"]),
            To = (names, sample) => names.Workload(sample["destination_workload_namespace"], sample["destination_workload"]),
        },
        new Mesh
        {
            Name = "Linkerd",
            Metric = "response_total",
            Only = "direction=\"outbound\"",
            Failed = "classification=\"failure\"",
            Labels = ["namespace", .. TrafficNames.Kinds, "dst_namespace", "dst_service", .. TrafficNames.Kinds.Select(kind => "dst_" + kind)],
            Buckets = "response_latency_ms_bucket",
            BucketUnit = TimeSpan.FromMilliseconds(1),
            From = (names, sample) => names.OfKind(sample["namespace"], kind => sample[kind]),
            To = (names, sample) => names.OfKind(sample["dst_namespace"], kind => sample["dst_" + kind]) is { Count: > 0 } found ? found : names.Service(sample["dst_namespace"], sample["dst_service"]),
        },
        new Mesh
        {
            Name = "NGINX ingress",
            Metric = "nginx_ingress_controller_requests",
            Failed = "status=~\"5..\"",
            // A scrape that does not honour labels renames those of the metric.
            Labels = ["controller_namespace", "controller_pod", "namespace", "exported_namespace", "service", "exported_service"],
            Buckets = "nginx_ingress_controller_request_duration_seconds_bucket",
            BucketUnit = TimeSpan.FromSeconds(1),
            From = (names, sample) => names.Pod(sample["controller_namespace"], sample["controller_pod"]),
            To = (names, sample) => names.Service(Exported(sample, "namespace"), Exported(sample, "service")),
        },
        new Mesh
        {
            Name = "OpenTelemetry service graph",
            Metric = "traces_service_graph_request_total",
            FailedMetric = "traces_service_graph_request_failed_total",
            Labels = ["client", "server", "client_service_namespace", "client_k8s_namespace_name", "server_service_namespace", "server_k8s_namespace_name"],
            Buckets = "traces_service_graph_request_server_seconds_bucket",
            BucketUnit = TimeSpan.FromSeconds(1),
            From = (names, sample) => names.Named(sample["client"], [sample["client_k8s_namespace_name"], sample["client_service_namespace"]]),
            To = (names, sample) => names.Named(sample["server"], [sample["server_k8s_namespace_name"], sample["server_service_namespace"]]),
        },
    ];

    public required string Name { get; init; }

    /// <summary>The counter of calls.</summary>
    public required string Metric { get; init; }

    /// <summary>A matcher that every series needs; empty for none.</summary>
    public string Only { get; init; } = "";

    /// <summary>The matcher of calls that failed: a 5xx or no answer. Empty where they have a counter of their own.</summary>
    public string Failed { get; init; } = "";

    /// <summary>The counter of calls that failed, where it is one of its own.</summary>
    public string FailedMetric { get; init; } = "";

    /// <summary>The label that says which end counted; empty where only one does.</summary>
    public string Teller { get; init; } = "";

    /// <summary>The labels that name the two ends.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The histogram of latencies.</summary>
    public required string Buckets { get; init; }

    public required TimeSpan BucketUnit { get; init; }

    /// <summary>The ids of the components that a series' caller may be: one where it is known, none where it is not.</summary>
    public required Func<TrafficNames, Sample, IReadOnlyList<string>> From { get; init; }

    /// <summary>The same for who was called; a service may have several components behind it.</summary>
    public required Func<TrafficNames, Sample, IReadOnlyList<string>> To { get; init; }

    public string Requests => Sum($"increase({Metric}{{{Only}}}[{Window}])", Labels);

    public string Errors => FailedMetric.Length > 0
        ? Sum($"increase({FailedMetric}{{{Only}}}[{Window}])", Labels)
        : Sum($"increase({Metric}{{{(Only.Length > 0 ? $"{Only}," : "")}{Failed}}}[{Window}])", Labels);

    public string LatencyP95 => $"histogram_quantile(0.95, {Sum($"rate({Buckets}{{{Only}}}[{Window}])", [.. Labels, "le"])})";

    private string Sum(string rates, IEnumerable<string> labels)
    {
        var by = string.Join(", ", labels);
        return Teller.Length > 0 ? $"max by ({by}) (sum by ({Teller}, {by}) ({rates}))" : $"sum by ({by}) ({rates})";
    }

    private static string Exported(Sample sample, string label) => sample["exported_" + label] is { Length: > 0 } exported ? exported : sample[label];
}
