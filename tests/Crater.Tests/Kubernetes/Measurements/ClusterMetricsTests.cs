using Crater.Kubernetes.Client;
using Crater.Kubernetes.Measurements;
using Crater.Measurements;
using Crater.Tests.Measurements;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Measurements;

/// <summary>The sources against an HTTP server that answers as an API server does.</summary>
public sealed class ClusterMetricsTests : IAsyncLifetime
{
    private const string Carts = "deployment/shop/carts";

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<string, string> _pages = new()
    {
        ["/apis/apps/v1/namespaces/shop/deployments/carts"] =
            """{"kind":"Deployment","metadata":{"name":"carts"},"spec":{"selector":{"matchLabels":{"app":"carts"}}},"status":{"replicas":2,"readyReplicas":2}}""",
        ["/api/v1/namespaces/shop/pods"] = "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[" + Pod("a", 1) + "," + Pod("b", 3) + "]}",
    };

    private FakeFront _server = null!;
    private HttpClient _http = null!;

    private static string Pod(string name, int restarts) => $$$"""
        {"metadata":{"name":"{{{name}}}","namespace":"shop","uid":"uid-{{{name}}}"},"spec":{"containers":[{"name":"c","ports":[{"containerPort":8080}]}]},
        "status":{"phase":"Running","containerStatuses":[{"restartCount":{{{restarts}}}}]}}
        """;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeFront.StartAsync(async context =>
        {
            if (!_pages.TryGetValue(context.Request.Path.Value!, out var page))
            {
                return await FakeFront.StatusAsync(context, 404, "NotFound", "not here");
            }

            await context.Response.WriteAsync(page);
            return true;
        });
        _http = new HttpClient { BaseAddress = _server.Address };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private void Metrics(string pod, int good, int bad, int slow = 0) => _pages[$"/api/v1/namespaces/shop/pods/{pod}:8080/proxy/metrics"] = $$"""
        # TYPE http_requests_total counter
        http_requests_total{route="/",code="200"} {{good}}
        http_requests_total{route="/",code="503"} {{bad}}
        # TYPE http_request_duration_seconds histogram
        http_request_duration_seconds_bucket{le="0.1"} {{good + bad - slow}}
        http_request_duration_seconds_bucket{le="1"} {{good + bad}}
        http_request_duration_seconds_bucket{le="+Inf"} {{good + bad}}
        """;

    private KubernetesClient Client() => new(_http, "test", _clock);

    private static MetricQuery Query(string metric) => new(metric, Carts, TimeSpan.FromSeconds(5));

    private Task<Reading?> ClusterAsync(string metric) => new KubernetesMetricSource(Client(), _clock).ReadAsync(Query(metric), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Ready_replicas_and_restarts_come_from_the_objects()
    {
        Assert.Equal(2, (await ClusterAsync(KnownMetrics.ReadyReplicas))!.Value);
        Assert.Equal(4, (await ClusterAsync(KnownMetrics.Restarts))!.Value);
    }

    [Fact]
    public async Task A_workload_without_a_ready_count_has_none_ready()
    {
        _pages["/apis/apps/v1/namespaces/shop/deployments/carts"] = """{"metadata":{"name":"carts"},"status":{"replicas":2}}""";
        Assert.Equal(0, (await ClusterAsync(KnownMetrics.ReadyReplicas))!.Value);
    }

    [Fact]
    public async Task A_workload_that_is_not_there_has_no_value()
    {
        _pages.Clear();
        Assert.Null(await ClusterAsync(KnownMetrics.ReadyReplicas));
        Assert.Null(await ClusterAsync(KnownMetrics.CpuUsage));
    }

    [Fact]
    public async Task Usage_is_the_sum_of_the_pods_and_as_old_as_the_oldest()
    {
        _pages["/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"] = """
            {"items":[{"metadata":{"name":"a"},"timestamp":"2026-01-02T11:59:58Z","containers":[{"usage":{"cpu":"250m","memory":"64Mi"}}]},
            {"metadata":{"name":"b"},"timestamp":"2026-01-02T11:59:50Z","containers":[{"usage":{"cpu":"1","memory":"64Mi"}}]}]}
            """;
        var cpu = await ClusterAsync(KnownMetrics.CpuUsage);
        Assert.Equal(1.25, cpu!.Value);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(-10), cpu.At);
        Assert.Equal(128 * 1024 * 1024, (await ClusterAsync(KnownMetrics.MemoryUsage))!.Value);
    }

    [Fact]
    public async Task A_cluster_without_a_metrics_server_has_no_usage() => Assert.Null(await ClusterAsync(KnownMetrics.CpuUsage));

    [Fact]
    public async Task The_pods_own_pages_are_read_as_what_was_added_between_two_looks()
    {
        var source = new PodMetricsSource(Client(), _clock);
        Task<Reading?> Ask(string metric) => source.ReadAsync(Query(metric), TestContext.Current.CancellationToken);
        Metrics("a", good: 1000, bad: 50);
        Metrics("b", good: 2000, bad: 0);
        Assert.Null(await Ask(KnownMetrics.ErrorRate));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Metrics("a", good: 1030, bad: 60, slow: 20);
        Metrics("b", good: 2060, bad: 0);
        var rate = await Ask(KnownMetrics.ErrorRate);
        Assert.Equal(0.1, rate!.Value, tolerance: 1e-9);
        Assert.Equal(100, rate.Samples);
        Assert.Equal(45, (await Ask(KnownMetrics.Throughput))!.Value);
        Assert.InRange((await Ask(KnownMetrics.LatencyP95))!.Value, 0.7, 0.8);
    }

    [Fact]
    public async Task A_pod_that_began_again_counts_from_zero_and_not_backwards()
    {
        var source = new PodMetricsSource(Client(), _clock);
        Metrics("a", good: 1000, bad: 500);
        Metrics("b", good: 1000, bad: 0);
        await source.ReadAsync(Query(KnownMetrics.ErrorRate), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Metrics("a", good: 8, bad: 2);
        Metrics("b", good: 1090, bad: 0);
        Assert.Equal(0.02, (await source.ReadAsync(Query(KnownMetrics.ErrorRate), TestContext.Current.CancellationToken))!.Value, tolerance: 1e-9);
    }

    [Fact]
    public async Task No_requests_between_two_looks_is_no_error_rate()
    {
        var source = new PodMetricsSource(Client(), _clock);
        Metrics("a", good: 10, bad: 0);
        await source.ReadAsync(Query(KnownMetrics.ErrorRate), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await source.ReadAsync(Query(KnownMetrics.ErrorRate), TestContext.Current.CancellationToken));
        Assert.Null(await source.ReadAsync(Query(KnownMetrics.LatencyP95), TestContext.Current.CancellationToken));
    }
}
