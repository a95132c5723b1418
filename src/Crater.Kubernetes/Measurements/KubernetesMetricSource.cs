using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Kubernetes.Measurements;

/// <summary>
/// What the cluster itself says about a component: ready replicas and restarts from its objects, CPU and memory of all its pods together from
/// the metrics API.
/// </summary>
public sealed class KubernetesMetricSource(KubernetesClient client, TimeProvider clock) : IMetricSource
{
    private static readonly Resource PodMetrics = new("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true);

    private readonly ComponentPods _components = new(client);

    public string Name => "kubernetes";

    public bool Knows(MetricQuery query) => !query.IsPromQl && ComponentPods.IsWorkload(query.Component)
        && query.Metric is KnownMetrics.ReadyReplicas or KnownMetrics.Restarts or KnownMetrics.CpuUsage or KnownMetrics.MemoryUsage;

    /// <exception cref="KubernetesException">The cluster could not be asked, or said no.</exception>
    public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) => !Knows(query) ? Task.FromResult<Reading?>(null) : query.Metric switch
    {
        KnownMetrics.ReadyReplicas => ReadyAsync(query, abort),
        KnownMetrics.Restarts => RestartsAsync(query, abort),
        _ => UsageAsync(query, abort),
    };

    private async Task<Reading?> ReadyAsync(MetricQuery query, CancellationToken abort)
    {
        var at = clock.GetUtcNow();
        if (await _components.WorkloadAsync(query.Component, abort) is not { } workload)
        {
            return null;
        }

        // The API leaves a count of zero out; a workload that is there and names none has none.
        var isDaemon = query.Component.StartsWith("daemonset/", StringComparison.Ordinal);
        var ready = workload.Integer("status", isDaemon ? "numberReady" : "readyReplicas") ?? 0;
        return new Reading(query.Metric, ready, at, 1, Name);
    }

    private async Task<Reading?> RestartsAsync(MetricQuery query, CancellationToken abort)
    {
        var at = clock.GetUtcNow();
        var pods = await _components.PodsAsync(query.Component, abort);
        var restarts = pods.Sum(pod => pod.Objects("status", "containerStatuses").Sum(status => status.Integer("restartCount") ?? 0));
        return pods.Count == 0 ? null : new Reading(query.Metric, restarts, at, pods.Count, Name);
    }

    private async Task<Reading?> UsageAsync(MetricQuery query, CancellationToken abort)
    {
        if (await _components.SelectorAsync(query.Component, abort) is not { Length: > 0 } selector)
        {
            return null;
        }

        IReadOnlyList<JsonObject> pods;
        try
        {
            pods = (await client.ListAsync(PodMetrics, ComponentPods.Namespace(query.Component), new ListQuery { LabelSelector = selector }, abort)).Items;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;    // the cluster has no metrics server
        }

        var resource = query.Metric == KnownMetrics.CpuUsage ? "cpu" : "memory";
        var values = pods.Select(pod => (At: Time(pod), Usage: Usage(pod, resource))).Where(pod => pod.At is not null && pod.Usage is not null).ToList();

        // As old as its oldest part: a pod whose figures no longer arrive must make the sum stale.
        return values.Count == 0 ? null : new Reading(query.Metric, values.Sum(pod => pod.Usage!.Value), values.Min(pod => pod.At!.Value), values.Count, Name);
    }

    private static DateTimeOffset? Time(JsonObject pod) =>
        DateTimeOffset.TryParse(pod.Text("timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static double? Usage(JsonObject pod, string resource)
    {
        double sum = 0;
        var any = false;
        foreach (var container in pod.Objects("containers"))
        {
            if (!Quantity.TryParse(container.Text("usage", resource), out var value))
            {
                return null;
            }

            sum += value;
            any = true;
        }

        return any ? sum : null;
    }
}
