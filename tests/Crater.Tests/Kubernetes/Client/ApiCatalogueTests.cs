using System.Text.Json.Serialization;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed partial class ApiCatalogueTests
{
    private static readonly Resource Engines = new("litmuschaos.io", "v1alpha1", "chaosengines", "ChaosEngine", true);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_ways_of_asking_find_the_same()
    {
        await using var lab = await LabApi.StartAsync();
        // Passes no Accept header on, so that the lab answers as an old server.
        await using var old = await FakeFront.StartAsync(_ => Task.FromResult(false), lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = old.Address };
        var aggregated = await new ApiCatalogue(lab.Client, TimeProvider.System).ServedAsync(Stop);
        var plain = await new ApiCatalogue(new KubernetesClient(http, "old", TimeProvider.System), TimeProvider.System).ServedAsync(Stop);
        Assert.Equal(Texts(aggregated), Texts(plain));
        Assert.Contains("deployments.apps v1 Deployment True: scale status", Texts(aggregated));
        Assert.True(old.Requests.Count > 5);

        static IEnumerable<string> Texts(IEnumerable<ServedResource> served) => served
            .Select(one => $"{one.Resource.QualifiedName} {one.Resource.Version} {one.Resource.Kind} {one.Resource.IsNamespaced}: {string.Join(' ', one.Subresources.Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_kind_of_another_version_is_told_with_the_versions_that_there_are()
    {
        await using var front = await GroupAsync("v2");
        var error = await NeedAsync(front);
        Assert.Equal("CRT5212", error.Code);
        Assert.Contains("serves litmuschaos.io in v2, and not chaosengines in v1alpha1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kind_whose_definition_is_absent_is_told_as_that()
    {
        await using var front = await GroupAsync(version: null);
        Assert.Contains("does not know chaosengines.litmuschaos.io", (await NeedAsync(front)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_whose_server_is_down_hides_no_other_group()
    {
        await using var front = await FakeFront.StartAsync(async context => context.Request.Path.Value switch
        {
            "/api" => await JsonAsync(context, """{"kind":"APIVersions","versions":["v1"]}"""),
            "/api/v1" => await JsonAsync(context, """{"kind":"APIResourceList","resources":[{"name":"pods","kind":"Pod","namespaced":true,"verbs":["get"]}]}"""),
            "/apis" => await JsonAsync(context, """{"kind":"APIGroupList","groups":[{"name":"metrics.k8s.io","versions":[{"groupVersion":"metrics.k8s.io/v1beta1"}]}]}"""),
            _ => await FakeFront.StatusAsync(context, 503, "ServiceUnavailable", "down"),
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        var clock = new LeapingClock();
        var catalogue = new ApiCatalogue(new KubernetesClient(http, "fake", clock), clock);
        Assert.Equal(["pods"], (await catalogue.ServedAsync(Stop)).Select(one => one.Resource.Plural));
        Assert.Equal(["metrics.k8s.io/v1beta1"], catalogue.Silent);
    }

    [Fact]
    public async Task What_is_known_is_not_asked_for_again_until_it_is_old()
    {
        await using var front = await GroupAsync("v1alpha1");
        using var http = new HttpClient { BaseAddress = front.Address };
        var clock = new LeapingClock();
        var catalogue = new ApiCatalogue(new KubernetesClient(http, "fake", clock), clock);
        await catalogue.NeedAsync(Engines, Stop);
        await catalogue.NeedAsync(Engines, Stop);
        Assert.Equal(2, front.Requests.Count);
        clock.Leap(ApiCatalogue.FreshFor);
        await catalogue.NeedAsync(Engines, Stop);
        Assert.Equal(4, front.Requests.Count);
    }

    [Fact]
    public async Task A_kind_with_a_type_of_its_own_is_made_and_read_as_that()
    {
        await using var lab = await LabApi.StartAsync();
        var maps = new TypedResource<Map>(lab.Client, Resource.ConfigMaps, MapJson.Default.Map);
        await maps.CreateAsync("shop", new Map { Metadata = new Named { Name = "one" }, Data = new() { ["k"] = "v" } }, Stop);
        Assert.Equal("v", (await maps.ReadAsync("shop", "one", Stop)).Data["k"]);
        Assert.Null(await maps.FindAsync("shop", "two", Stop));
    }

    private static async Task<KubernetesException> NeedAsync(FakeFront front)
    {
        using var http = new HttpClient { BaseAddress = front.Address };
        return await Assert.ThrowsAsync<KubernetesException>(() =>
            new ApiCatalogue(new KubernetesClient(http, "fake", TimeProvider.System), TimeProvider.System).NeedAsync(Engines, Stop));
    }

    private static Task<FakeFront> GroupAsync(string? version) => FakeFront.StartAsync(context => JsonAsync(context, version is null || context.Request.Path == "/api"
        ? """{"kind":"APIGroupDiscoveryList","items":[]}"""
        : $$$"""{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"litmuschaos.io"},"versions":[{"version":"{{{version}}}","resources":[{"resource":"chaosengines","responseKind":{"kind":"ChaosEngine"},"scope":"Namespaced","verbs":["get"]}]}]}]}"""));

    private static async Task<bool> JsonAsync(Microsoft.AspNetCore.Http.HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, json, Stop);
        return true;
    }

    internal sealed record Named
    {
        public string Name { get; init; } = "";
    }

    internal sealed record Map
    {
        public Named Metadata { get; init; } = new();

        public Dictionary<string, string> Data { get; init; } = [];
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Map))]
    private sealed partial class MapJson : JsonSerializerContext;
}
