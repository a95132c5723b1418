using System.Net;
using System.Text.Json.Nodes;
using Crater.Tests.Kubernetes;
using Xunit;

namespace Crater.Tests.Lab.Api;

/// <summary>What clients other than kubectl see of the API: forms of answers, old paths, metrics.</summary>
public sealed class RawPathTests : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/shop/configmaps";

    private HttpClient _http = null!;
    private LabApi _lab = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _http = MediaTypeTests.Client(await File.ReadAllTextAsync(_lab.Kubeconfig, Stop));
        _lab.Store.Create("configmaps", JsonNode.Parse(
            """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": {"a": "1"}}""")!.AsObject());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task Items_of_a_list_leave_it_to_the_list_to_say_of_what_kind_they_are()
    {
        var list = JsonNode.Parse((await GetAsync(Maps)).Text)!;

        Assert.Equal("ConfigMapList", (string?)list["kind"]);
        Assert.Equal(["data", "metadata"], list["items"]![0]!.AsObject().Select(field => field.Key).Order());
        Assert.Equal("ConfigMap", (string?)JsonNode.Parse((await GetAsync($"{Maps}/c")).Text)!["kind"]);
    }

    [Theory]
    [InlineData("as=Table;g=meta.k8s.io;v=v1", "Table", "meta.k8s.io/v1")]
    [InlineData("as=Table;g=meta.k8s.io;v=v1beta1", "Table", "meta.k8s.io/v1beta1")]
    [InlineData("as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "PartialObjectMetadataList", "meta.k8s.io/v1")]
    [InlineData("as=Foo;g=meta.k8s.io;v=v1,application/json", "ConfigMapList", "v1")]
    public async Task The_first_form_that_there_is_is_answered_with(string form, string kind, string version)
    {
        var answer = JsonNode.Parse((await GetAsync(Maps, $"application/json;{form}")).Text)!;

        Assert.Equal((kind, version), ((string?)answer["kind"], (string?)answer["apiVersion"]));
    }

    [Theory]
    [InlineData(Maps, "application/json;as=Foo;g=meta.k8s.io;v=v1", "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf")]
    [InlineData(Maps, "application/json;as=Table;g=meta.k8s.io;v=v2", "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf")]
    [InlineData(Maps, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)")]
    [InlineData(Maps, "text/html", "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch")]
    [InlineData(Maps + "/c", "foo", "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf")]
    public async Task A_form_that_there_is_not_is_refused_in_the_real_words(string path, string accept, string message)
    {
        var (code, _, text) = await GetAsync(path, accept);

        Assert.Equal((HttpStatusCode.NotAcceptable, message, "NotAcceptable"), (code, (string?)JsonNode.Parse(text)!["message"], (string?)JsonNode.Parse(text)!["reason"]));
    }

    [Theory]
    [InlineData(Maps + "?includeObject=X", "application/json;as=Table;g=meta.k8s.io;v=v1", "Unable to convert to Table as requested: includeObject: Invalid value: \"X\": must be 'Metadata', 'Object', 'None', or empty")]
    [InlineData(Maps + "?timeoutSeconds=x", "application/json", "strconv.ParseInt: parsing \"x\": invalid syntax")]
    public async Task Options_that_mean_nothing_are_bad_requests(string path, string accept, string message)
    {
        var (code, _, text) = await GetAsync(path, accept);

        Assert.Equal((HttpStatusCode.BadRequest, message), (code, (string?)JsonNode.Parse(text)!["message"]));
    }

    [Theory]
    [InlineData("/api/v1/watch/namespaces/shop/configmaps?timeoutSeconds=1")]
    [InlineData("/api/v1/watch/namespaces/shop/configmaps/c?timeoutSeconds=1")]
    [InlineData("/api/v1/watch/configmaps?timeoutSeconds=1&fieldSelector=metadata.name=c")]
    public async Task The_old_watch_paths_watch(string path)
    {
        var (code, type, text) = await GetAsync(path);

        var seen = JsonNode.Parse(text.Split('\n').First(line => line.Contains("\"c\"", StringComparison.Ordinal)))!;
        Assert.Equal((HttpStatusCode.OK, "application/json", "ADDED", "ConfigMap"), (code, type, (string?)seen["type"], (string?)seen["object"]!["kind"]));
    }

    [Fact]
    public async Task One_object_is_not_watched_but_by_an_old_path() =>
        Assert.Equal("ConfigMap", (string?)JsonNode.Parse((await GetAsync($"{Maps}/c?watch=1&timeoutSeconds=1")).Text)!["kind"]);

    [Fact]
    public async Task Metrics_count_answers_and_objects()
    {
        await GetAsync(Maps);
        await GetAsync($"{Maps}/nope");

        var (_, type, text) = await GetAsync("/metrics");

        Assert.Equal("text/plain", type);
        Assert.Contains("apiserver_request_total{code=\"200\",component=\"apiserver\",dry_run=\"\",group=\"\",resource=\"configmaps\",scope=\"namespace\",subresource=\"\",verb=\"LIST\",version=\"v1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("apiserver_request_total{code=\"404\",component=\"apiserver\",dry_run=\"\",group=\"\",resource=\"configmaps\",scope=\"resource\",subresource=\"\",verb=\"GET\",version=\"v1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("apiserver_storage_objects{resource=\"configmaps\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_get_the_path_gets_no_metrics()
    {
        Assert.Equal("forbidden: User \"bob\" cannot get path \"/metrics\"", await AsBobAsync("/metrics"));
        Assert.Equal("forbidden: User \"bob\" cannot get path \"/nope\"", await AsBobAsync("/nope"));
        _lab.Store.Create("clusterroles.rbac.authorization.k8s.io", JsonNode.Parse(
            """{"metadata": {"name": "m"}, "rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]}""")!.AsObject());
        _lab.Store.Create("clusterrolebindings.rbac.authorization.k8s.io", JsonNode.Parse(
            """{"metadata": {"name": "m"}, "roleRef": {"kind": "ClusterRole", "name": "m"}, "subjects": [{"kind": "User", "name": "bob"}]}""")!.AsObject());

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative)) { Headers = { { "Impersonate-User", "bob" } } };
        using var answer = await _http.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<string?> AsBobAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)) { Headers = { { "Impersonate-User", "bob" } } };
        using var answer = await _http.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        return (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["message"];
    }

    private async Task<(HttpStatusCode Code, string Type, string Text)> GetAsync(string path, string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await _http.SendAsync(request, Stop);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync(Stop));
    }
}
