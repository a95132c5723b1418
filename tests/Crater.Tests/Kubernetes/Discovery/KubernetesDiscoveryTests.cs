using Crater.Discovery;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Discovery;

public sealed class KubernetesDiscoveryTests : IAsyncLifetime
{
    private const string Canary = "canary-hunter2";
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("front-end", 1, $$$$"""
            [{"name":"CARTS_URL","value":"http://$(CARTS_SERVICE_HOST):$(CARTS_SERVICE_PORT)"},{"name":"PASSWORD","value":"{{{{Canary}}}}"},
             {"name":"DB","value":"postgres://u:{{{{Canary}}}}@carts-db:5432/x?password={{{{Canary}}}}"},
             {"name":"KEY","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},{"name":"CACHE","valueFrom":{"configMapKeyRef":{"name":"c","key":"cache"}}}]
            """);
        await _lab.DeployAsync("carts", 2);
        await _lab.DeployAsync("carts-db", 1, image: "mongo:7");
        await _lab.DeployAsync("redis", 1, image: "redis:7");
        foreach (var (name, type) in new[] { ("front-end", "NodePort"), ("carts", "ClusterIP"), ("carts-db", "ClusterIP"), ("redis", "ClusterIP") })
        {
            await _lab.Client.CreateAsync(Resource.Services, "shop", LabApi.Parse(
                $$$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{{name}}}}","namespace":"shop"},"spec":{"type":"{{{{type}}}}","selector":{"app":"{{{{name}}}}"},"ports":[{"port":80}]}}"""), Stop);
        }

        await _lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse(
            $$$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop"},"data":{"cache":"redis:6379","other":"{{{{Canary}}}}"}}"""), Stop);
        await _lab.Client.CreateAsync(new Resource("", "v1", "secrets", "Secret", true), "shop", LabApi.Parse(
            $$$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},"stringData":{"k":"{{{{Canary}}}}"}}"""), Stop);
        await _lab.Client.CreateAsync(Resource.DisruptionBudgets, "shop", LabApi.Parse(
            """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b","namespace":"shop"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"app":"carts"}}}}"""), Stop);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task Dependencies_come_from_environment_and_config_maps()
    {
        var topology = await DiscoverAsync(_lab.Client);
        Assert.Equal(["carts", "carts-db", "redis"],
            topology.Dependencies.Where(edge => edge.From == "deployment/shop/front-end").Select(edge => edge.To.Split('/')[^1]));
    }

    [Fact]
    public async Task No_value_of_an_env_variable_or_secret_leaves_the_collector() =>
        Assert.DoesNotContain(Canary, TopologyJson.Write(await DiscoverAsync(_lab.Client)), StringComparison.Ordinal);

    [Fact]
    public async Task Secrets_are_never_asked_for()
    {
        await using var front = await FakeFront.StartAsync(_ => Task.FromResult(false), _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        await DiscoverAsync(new KubernetesClient(http, "front", TimeProvider.System));
        Assert.DoesNotContain(front.Requests, request => request.Contains("secrets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Components_know_pods_zones_budgets_and_tier()
    {
        var topology = await DiscoverAsync(_lab.Client);
        var carts = topology.Components.Single(component => component.Name == "carts");
        Assert.Equal((2, 2, "app=carts"), (carts.Replicas, carts.Ready, carts.Selector));
        Assert.All(carts.Pods, pod => Assert.Equal(("node1", "zone-a"), (pod.Node, pod.Zone)));
        Assert.Equal([carts.Id], topology.DisruptionBudgets.Single().Components);
        Assert.Equal(Tier.Data, topology.Components.Single(component => component.Name == "carts-db").Tier);
        Assert.True(topology.Components.Single(component => component.Name == "front-end").IsEntryPoint);
        Assert.Empty(topology.Unknown);
    }

    [Fact]
    public async Task What_is_forbidden_is_unknown_and_the_rest_is_still_seen()
    {
        await using var front = await FakeFront.StartAsync(
            context => context.Request.Path.Value!.Contains("poddisruptionbudgets", StringComparison.Ordinal)
                ? FakeFront.StatusAsync(context, 403, "Forbidden", "no")
                : Task.FromResult(false),
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var topology = await DiscoverAsync(new KubernetesClient(http, "front", TimeProvider.System));
        Assert.Equal("poddisruptionbudgets", Assert.Single(topology.Unknown).Resource);
        Assert.Equal(4, topology.Components.Count);
    }

    [Fact]
    public async Task Without_the_right_to_list_namespaces_the_default_one_is_looked_at_and_it_is_said()
    {
        await using var front = await FakeFront.StartAsync(
            context => context.Request.Path.Value! is "/api/v1/namespaces" or "/api/v1/pods"
                ? FakeFront.StatusAsync(context, 403, "Forbidden", "no")
                : Task.FromResult(false),
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var options = new DiscoveryOptions { DefaultNamespace = "shop" };
        var topology = await new KubernetesDiscovery(new KubernetesClient(http, "front", TimeProvider.System), "v1", isLab: false).DiscoverAsync(options, Stop);
        Assert.Equal(("namespaces", ""), (Assert.Single(topology.Unknown).Resource, topology.Unknown[0].Namespace));
        Assert.Equal(4, topology.Components.Count);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_a_warning()
    {
        var topology = await new KubernetesDiscovery(_lab.Connection).DiscoverAsync(new DiscoveryOptions { Namespaces = ["shopp"] }, Stop);
        Assert.Contains(topology.Warnings, warning => warning.Contains("'shopp'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Traffic_that_the_lab_observed_is_the_best_evidence()
    {
        await using var front = await FakeFront.StartAsync(
            async context =>
            {
                if (!context.Request.Path.Value!.EndsWith("/edges", StringComparison.Ordinal))
                {
                    return false;
                }

                await context.Response.WriteAsync(
                    """{"kind":"EdgeList","items":[{"from":"deployment/shop/carts","to":"deployment/shop/carts-db","requests":123,"errors":1,"latencyP95Ms":4.2}]}""", Stop);
                return true;
            },
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        var discovery = new KubernetesDiscovery(new KubernetesClient(http, "front", TimeProvider.System), "v1", isLab: true);
        var edge = (await discovery.DiscoverAsync(new DiscoveryOptions(), Stop)).Dependencies.Single(edge => edge.From == "deployment/shop/carts");
        Assert.Equal((1.0, 123L, 1L, 4.2), (edge.Confidence, edge.Traffic!.Requests, edge.Traffic.Errors, edge.Traffic.LatencyP95.TotalMilliseconds));
    }

    private static Task<Topology> DiscoverAsync(KubernetesClient client) =>
        new KubernetesDiscovery(client, "v1.32", isLab: false).DiscoverAsync(new DiscoveryOptions(), Stop);
}
