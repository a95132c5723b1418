using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Crater.Tests.Kubernetes;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed partial class MediaTypeTests : IAsyncLifetime
{
    private const string ConfigMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  port: \"80\"\n";
    private const string Path = "/api/v1/namespaces/shop/configmaps";
    private HttpClient _http = null!;
    private LabApi _lab = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _http = Client(await File.ReadAllTextAsync(_lab.Kubeconfig, Stop));
    }

    /// <summary>A client of the lab whose kubeconfig this is.</summary>
    internal static HttpClient Client(string text)
    {
        using var authority = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(Authority().Match(text).Groups[1].Value)));
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority.RawData));
        var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } }) { BaseAddress = new Uri(Server().Match(text).Groups[1].Value) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token().Match(text).Groups[1].Value);
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task A_body_in_yaml_is_read()
    {
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, Path, ConfigMap, "application/yaml")).Code);
        Assert.Equal("80", (string?)_lab.Store.Get("configmaps", "shop", "one")!["data"]!["port"]);
    }

    [Fact]
    public async Task An_applied_configuration_may_be_yaml_as_its_type_says()
    {
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Patch, $"{Path}/one?fieldManager=me", ConfigMap, "application/apply-patch+yaml")).Code);
        Assert.Equal("80", (string?)_lab.Store.Get("configmaps", "shop", "one")!["data"]!["port"]);
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("a: 1\n---\nb: 2\n")]
    public async Task What_is_no_yaml_is_a_bad_request(string body) => Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, Path, body, "application/yaml")).Code);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_of_another_form_is_refused_with_those_that_there_are(string type)
    {
        var (code, _, answer) = await SendAsync(HttpMethod.Post, Path, ConfigMap, type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, code);
        Assert.Contains("accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/yaml", "application/yaml", "kind: Namespace\n")]
    [InlineData("application/yaml, application/json", "application/yaml", "kind: Namespace\n")]
    [InlineData("application/json, application/yaml", "application/json", "\"kind\":\"Namespace\"")]
    [InlineData("text/html, */*", "application/json", "\"kind\":\"Namespace\"")]
    public async Task An_answer_has_the_form_that_is_asked_for_first(string accept, string type, string holds)
    {
        var (code, sent, answer) = await SendAsync(HttpMethod.Get, "/api/v1/namespaces/shop", null, accept: accept);
        Assert.Equal((HttpStatusCode.OK, type), (code, sent));
        Assert.Contains(holds, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_has_that_form_too()
    {
        var (_, type, answer) = await SendAsync(HttpMethod.Get, "/api/v1/namespaces", null, accept: "application/yaml");
        Assert.Equal("application/yaml", type);
        Assert.Contains("kind: NamespaceList\n", answer, StringComparison.Ordinal);
        Assert.Contains("name: shop\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_takes_no_form_that_there_is_changes_nothing()
    {
        var (code, _, answer) = await SendAsync(HttpMethod.Post, Path, ConfigMap, "application/yaml", "text/html");
        Assert.Equal(HttpStatusCode.NotAcceptable, code);
        Assert.Contains("Available representations: application/json, application/yaml, application/vnd.kubernetes.protobuf", answer, StringComparison.Ordinal);
        Assert.Null(_lab.Store.Get("configmaps", "shop", "one"));
    }

    private async Task<(HttpStatusCode Code, string Type, string Text)> SendAsync(HttpMethod method, string path, string? body, string type = "", string accept = "")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        }

        if (accept.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var answer = await _http.SendAsync(request, Stop);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync(Stop));
    }

    [GeneratedRegex("certificate-authority-data: (\\S+)")]
    private static partial Regex Authority();

    [GeneratedRegex("server: (\\S+)")]
    private static partial Regex Server();

    [GeneratedRegex("token: (\\S+)")]
    private static partial Regex Token();
}
