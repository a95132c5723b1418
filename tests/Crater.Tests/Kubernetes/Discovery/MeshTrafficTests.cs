using System.Globalization;
using Crater.Discovery;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Discovery.Meshes;
using Crater.Measurements;
using Crater.Targets;
using Crater.Tests.Load;
using Crater.Tests.Measurements;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Discovery;

/// <summary>Calls that a mesh, an ingress controller or traces have counted, asked from a real Prometheus that scrapes a page with their metrics' names and labels.</summary>
public sealed class MeshTrafficTests
{
    private static readonly Component[] Components =
    [
        Workload("shop", "front-end"), Workload("shop", "carts"), Workload("shop", "orders"), Workload("data", "carts-db") with { Kind = TargetKind.StatefulSet },
        Workload("ingress-nginx", "controller"), Workload("shop", "twin"), Workload("data", "twin"),
        Workload("shop", "payment-v2") with { PodLabels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = "payment" } },
    ];

    private static readonly ServiceEndpoint[] Services = [new("shop", "front", "ClusterIP", [], ["deployment/shop/front-end"]), new("shop", "both", "ClusterIP", [], ["deployment/shop/carts", "deployment/shop/orders"])];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Component Workload(string space, string name) => new() { Kind = TargetKind.Deployment, Namespace = space, Name = name };

    private static TrafficNames Names => new(Components, Services, (space, pod) => (space, pod) == ("ingress-nginx", "controller-1") ? "deployment/ingress-nginx/controller" : "");

    [Theory]
    [InlineData("istio_requests_total", "response_code", "503", "istio_request_duration_milliseconds", 250,
        """reporter="source",source_workload_namespace="shop",source_workload="front-end",destination_workload_namespace="shop",destination_workload="carts" """, "deployment/shop/front-end", "deployment/shop/carts")]
    [InlineData("response_total", "classification", "failure", "response_latency_ms", 250,
        """direction="outbound",namespace="shop",deployment="carts",dst_namespace="data",dst_statefulset="carts-db" """, "deployment/shop/carts", "statefulset/data/carts-db")]
    [InlineData("nginx_ingress_controller_requests", "status", "502", "nginx_ingress_controller_request_duration_seconds", 0.25,
        """controller_namespace="ingress-nginx",controller_pod="controller-1",exported_namespace="shop",namespace="ingress-nginx",exported_service="front" """, "deployment/ingress-nginx/controller", "deployment/shop/front-end")]
    [InlineData("traces_service_graph_request_total", "", "", "traces_service_graph_request_server_seconds", 0.25, """client="orders",server="payment",connection_type="" """, "deployment/shop/orders", "deployment/shop/payment-v2")]
    public async Task Calls_errors_and_latency_of_an_edge_are_read_from_what_counts_them(
        string metric, string failedLabel, string failed, string histogram, double bound, string labels, string from, string to)
    {
        RealPrometheus.SkipUnlessThere();
        var scrapes = 0;
        await using var app = await ScriptedServer.StartAsync(context => context.Response.WriteAsync(Page(Interlocked.Increment(ref scrapes))));
        using var prometheus = new RealPrometheus(app.Url);
        using var http = new HttpClient();
        Dependency? edge = null;
        await Wait.UntilAsync(async () =>
        {
            edge = (await MeshTraffic.ReadAsync(new PrometheusServer(http, prometheus.Url), Names, Stop)).Edges.SingleOrDefault();
            return edge is { Traffic.Requests: >= 40 };
        }, "Prometheus has counted 40 calls", Wait.Patience);
        Assert.Equal((from, to, 1.0), (edge!.From, edge.To, edge.Confidence));

        // Of ten calls one fails; what the window's edges are guessed to add is a fraction of that.
        Assert.InRange(edge.Traffic!.Errors / (double)edge.Traffic.Requests, 0.05, 0.2);
        Assert.InRange(edge.Traffic.LatencyP95.TotalMilliseconds, 200, 250);

        string Page(int n)
        {
            var own = labels.TrimEnd();
            var counters = failedLabel.Length > 0
                ? $"{metric}{{{own},{failedLabel}=\"ok\"}} {9 * n}\n{metric}{{{own},{failedLabel}=\"{failed}\"}} {n}\n"
                : $"{metric}{{{own}}} {10 * n}\ntraces_service_graph_request_failed_total{{{own}}} {n}\n";
            return string.Create(CultureInfo.InvariantCulture, $"{counters}{histogram}_bucket{{{own},le=\"{bound}\"}} {10 * n}\n{histogram}_bucket{{{own},le=\"+Inf\"}} {10 * n}\n");
        }
    }

    [Fact]
    public async Task An_end_that_may_be_two_components_is_no_edge_and_is_said()
    {
        await using var server = await AnsweringAsync("traces_service_graph_request_total", """[{"metric":{"client":"front-end","server":"twin"},"value":[1,"7"]}]""");
        using var http = new HttpClient();
        var (edges, warnings) = await MeshTraffic.ReadAsync(new PrometheusServer(http, server.Url), Names, Stop);
        Assert.Empty(edges);
        Assert.Contains("client=front-end server=twin", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_in_the_metric_tells_two_of_one_name_apart()
    {
        await using var server = await AnsweringAsync("traces_service_graph_request_total", """[{"metric":{"client":"front-end","server":"twin","server_k8s_namespace_name":"data"},"value":[1,"7"]}]""");
        using var http = new HttpClient();
        Assert.Equal("deployment/data/twin", Assert.Single((await MeshTraffic.ReadAsync(new PrometheusServer(http, server.Url), Names, Stop)).Edges).To);
    }

    [Fact]
    public async Task Where_latency_is_not_measured_the_edge_is_known_and_has_no_figures()
    {
        await using var server = await AnsweringAsync("istio_requests_total", """
            [{"metric":{"source_workload_namespace":"shop","source_workload":"front-end","destination_workload_namespace":"shop","destination_workload":"carts"},"value":[1,"7"]}]
            """);
        using var http = new HttpClient();
        var edge = Assert.Single((await MeshTraffic.ReadAsync(new PrometheusServer(http, server.Url), Names, Stop)).Edges);
        Assert.Null(edge.Traffic);
        Assert.Equal("Istio: 7 requests in 10m", Assert.Single(edge.Evidence).Text);
    }

    [Fact]
    public async Task Calls_through_a_service_with_two_components_behind_it_are_figures_of_neither()
    {
        await using var server = await AnsweringAsync("nginx_ingress_controller", """
            [{"metric":{"controller_namespace":"ingress-nginx","controller_pod":"controller-1","namespace":"shop","service":"both"},"value":[1,"7"]}]
            """);
        using var http = new HttpClient();
        var edges = (await MeshTraffic.ReadAsync(new PrometheusServer(http, server.Url), Names, Stop)).Edges;
        Assert.Equal(["deployment/shop/carts", "deployment/shop/orders"], edges.Select(edge => edge.To).Order());
        Assert.All(edges, edge => Assert.Null(edge.Traffic));
    }

    [Fact]
    public async Task A_Prometheus_that_is_not_there_is_one_warning_and_no_failure()
    {
        using var http = new HttpClient();
        var (edges, warnings) = await MeshTraffic.ReadAsync(new PrometheusServer(http, new Uri("http://127.0.0.1:1/")), Names, Stop);
        Assert.Empty(edges);
        Assert.StartsWith("No traffic from Prometheus: CRT7201", Assert.Single(warnings), StringComparison.Ordinal);
    }

    // Answers queries that name the metric but not its buckets or failures; to others there is nothing.
    private static Task<ScriptedServer> AnsweringAsync(string metric, string series) => ScriptedServer.StartAsync(async context =>
    {
        var query = (await context.Request.ReadFormAsync()).First().Value.ToString();
        var isMeant = query.Contains(metric, StringComparison.Ordinal) && !query.Contains("bucket", StringComparison.Ordinal) && !query.Contains("5..", StringComparison.Ordinal);
        await context.Response.WriteAsync($$$"""{"status":"success","data":{"resultType":"vector","result":{{{(isMeant ? series : "[]")}}} }}""");
    });
}
