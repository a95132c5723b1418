using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Tests.Kubernetes;
using Xunit;

namespace Crater.Tests.Lab.Api;

/// <summary>What an object that is sent says of its own kind and version; the words are those of an API server 1.36.</summary>
public sealed class SentKindTests : IAsyncLifetime
{
    private const string Things = "/apis/probe.dev/v1/namespaces/shop/things";
    private const string Maps = "/api/v1/namespaces/shop/configmaps";

    private HttpClient _http = null!;
    private LabApi _lab = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _http = MediaTypeTests.Client(await File.ReadAllTextAsync(_lab.Kubeconfig, Stop));
        await PostAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.probe.dev"},
             "spec": {"group": "probe.dev", "scope": "Namespaced", "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
               "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}
            """);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _lab.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a"}}""", 400, """the object provided is unrecognized (must be of type Thing): Object 'Kind' is missing in '{"metadata":{"name":"a"}}' ({"metadata":{"name":"a"}})""")]
    [InlineData("""{"apiVersion":"probe.dev/v1","metadata":{"name":"a"}}""", 400,
        """the object provided is unrecognized (must be of type Thing): Object 'Kind' is missing in '{"apiVersion":"probe.dev/v1","metadata":{"name":"a"}}' ({"apiVersion":"probe.dev/v1"," ...)""")]
    [InlineData("""{"kind":"Thing","metadata":{"name":"a"}}""", 400, "the API version in the data () does not match the expected API version (probe.dev/v1)")]
    [InlineData("""{"apiVersion":"probe.dev/v2","kind":"Thing","metadata":{"name":"a"}}""", 400, "the API version in the data (probe.dev/v2) does not match the expected API version (probe.dev/v1)")]
    [InlineData("""{"apiVersion":"probe.dev/v1","kind":"Other","metadata":{"name":"a"}}""", 422, """Other.probe.dev "a" is invalid: kind: Invalid value: "Other": must be Thing""")]
    public async Task An_object_of_a_defined_kind_has_to_say_what_it_is(string sent, int code, string message) =>
        Assert.Equal((code, message), await RefusalAsync(Things, sent));

    [Theory]
    [InlineData(Maps, """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}""", """Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion""")]
    [InlineData(Maps, """{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}""",
        """ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30" """)]
    [InlineData("/apis/apps/v1/namespaces/shop/deployments", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}""",
        """Pod in version "v1" cannot be handled as a Deployment: converting (v1.Pod) to (apps.Deployment): unknown conversion""")]
    [InlineData("/apis/apps/v1/namespaces/shop/deployments", """{"apiVersion":"apps/v1beta1","kind":"Deployment","metadata":{"name":"a"}}""",
        "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)")]
    public async Task A_built_in_object_must_not_say_that_it_is_another(string path, string sent, string message) =>
        Assert.Equal((400, message.TrimEnd()), await RefusalAsync(path, sent));

    [Theory]
    [InlineData("""{"metadata":{"name":"a"}}""")]
    [InlineData("""{"kind":"ConfigMap","metadata":{"name":"a"}}""")]
    [InlineData("""{"apiVersion":"v1","metadata":{"name":"a"}}""")]
    public async Task A_built_in_object_need_not_say_what_it_is(string sent)
    {
        var (status, answer) = await PostAsync(Maps, sent);

        Assert.Equal((HttpStatusCode.Created, "ConfigMap"), (status, (string?)answer["kind"]));
    }

    private async Task<(int Code, string Message)> RefusalAsync(string path, string sent)
    {
        var (_, answer) = await PostAsync(path, sent);
        return ((int)answer["code"]!, (string)answer["message"]!);
    }

    private async Task<(HttpStatusCode Status, JsonNode Answer)> PostAsync(string path, string sent)
    {
        using var body = new StringContent(sent, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(path, UriKind.Relative), body, Stop);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!);
    }
}
