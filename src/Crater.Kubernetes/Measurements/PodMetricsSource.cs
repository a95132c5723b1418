using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Measurements;

namespace Crater.Kubernetes.Measurements;

/// <summary>
/// Error rate, latency and throughput of one component from its pods' own <c>/metrics</c>, read through the API server's pod proxy. Values are what
/// was added between two looks; a counter that fell began again. A victim's own page may vanish with it: then it has no value.
/// </summary>
public sealed class PodMetricsSource(KubernetesClient client, TimeProvider clock) : IMetricSource
{
    /// <summary>Two questions within this time share one look at the pods.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks are kept for the longest window that is answered.</summary>
    private static readonly TimeSpan WindowMax = TimeSpan.FromMinutes(2);

    private readonly ComponentPods _components = new(client);
    private readonly ConcurrentDictionary<string, ComponentLooks> _looks = new(StringComparer.Ordinal);

    /// <summary>One look at all pods of a component, by pod uid.</summary>
    private sealed record Look(DateTimeOffset At, IReadOnlyDictionary<string, HttpCounters> Pods);

    private sealed class ComponentLooks
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public List<Look> Looks { get; } = [];
    }

    public string Name => "pods";

    public bool Knows(MetricQuery query) => !query.IsPromQl && ComponentPods.IsWorkload(query.Component)
        && query.Metric is KnownMetrics.ErrorRate or KnownMetrics.Throughput or KnownMetrics.LatencyP50 or KnownMetrics.LatencyP95 or KnownMetrics.LatencyP99;

    /// <returns>Null until there were two looks, and when no request was answered between them.</returns>
    /// <exception cref="KubernetesException">The cluster could not be asked for the pods, or said no.</exception>
    public async Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort)
    {
        if (!Knows(query))
        {
            return null;
        }

        var looks = _looks.GetOrAdd(query.Component, _ => new ComponentLooks());
        await looks.Turn.WaitAsync(abort);
        try
        {
            if (looks.Looks.Count == 0 || clock.GetUtcNow() - looks.Looks[^1].At >= FreshFor)
            {
                looks.Looks.Add(await LookAsync(query.Component, abort));
                looks.Looks.RemoveAll(look => look.At < looks.Looks[^1].At - WindowMax);
            }

            return Read(query, looks.Looks);
        }
        finally
        {
            looks.Turn.Release();
        }
    }

    private Reading? Read(MetricQuery query, List<Look> looks)
    {
        var newest = looks[^1];
        var begin = newest.At - query.Window;
        var oldest = looks.FindLast(look => look.At <= begin) ?? looks[0];
        if (ReferenceEquals(oldest, newest) || newest.Pods.Count == 0)
        {
            return null;
        }

        // A pod that was not there at the first look began to count after it, so all that it says was added since.
        var added = newest.Pods.Select(pod => oldest.Pods.TryGetValue(pod.Key, out var older) ? pod.Value.Since(older) : pod.Value)
            .Aggregate((sum, pod) => sum.Plus(pod));
        double? value = query.Metric switch
        {
            KnownMetrics.Throughput => (added.Requests - added.Errors) / (newest.At - oldest.At).TotalSeconds,
            _ when added.Requests <= 0 => null,
            KnownMetrics.ErrorRate => added.Errors / added.Requests,
            KnownMetrics.LatencyP50 => added.Quantile(0.50),
            KnownMetrics.LatencyP95 => added.Quantile(0.95),
            _ => added.Quantile(0.99),
        };
        return value is { } known ? new Reading(query.Metric, known, newest.At, Math.Max(1, (long)added.Requests), Name) : null;
    }

    private async Task<Look> LookAsync(string component, CancellationToken abort)
    {
        var at = clock.GetUtcNow();
        var pods = await _components.PodsAsync(component, abort);
        var pages = await Task.WhenAll(pods.Where(pod => pod.Text("status", "phase") == "Running").Select(pod => ScrapeAsync(pod, abort)));
        return new Look(at, pages.Where(page => page.Counters is not null).ToDictionary(page => page.Pod, page => page.Counters!));
    }

    private async Task<(string Pod, HttpCounters? Counters)> ScrapeAsync(JsonObject pod, CancellationToken abort)
    {
        if (Port(pod) is not { } port)
        {
            return (pod.Uid(), null);
        }

        try
        {
            var path = pod.Annotation("prometheus.io/path") is { Length: > 0 } given ? given.TrimStart('/') : "metrics";
            using var response = await client.GetFromPodAsync(pod.Namespace(), pod.Name(), port, path, abort);
            return (pod.Uid(), HttpCounters.From(PrometheusText.Parse(await response.Content.ReadAsStringAsync(abort))));
        }
        catch (Exception e) when (e is CraterException || NoAnswer.Is(e))
        {
            return (pod.Uid(), null);   // this pod says nothing now; the others may
        }
    }

    private static int? Port(JsonObject pod) =>
        int.TryParse(pod.Annotation("prometheus.io/port"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
            : pod.Objects("spec", "containers").SelectMany(container => container.Objects("ports")).Select(port => port.Integer("containerPort")).FirstOrDefault();
}
