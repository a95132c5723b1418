using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class KubeconfigTests : IDisposable
{
    private const string OneContext = """
        apiVersion: v1
        kind: Config
        current-context: lab
        contexts:
        - {name: lab, context: {cluster: lab, user: me, namespace: shop}}
        clusters:
        - {name: lab, cluster: {server: "http://127.0.0.1:6443"}}
        users:
        - {name: me, user: {token: "1e5"}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_only_context_needs_no_name()
    {
        var access = Kubeconfig.Load(Write(OneContext), _ => null).Access(context: null);
        Assert.Equal(("lab", "shop", new Uri("http://127.0.0.1:6443/")), (access.ContextName, access.Namespace, access.Server));
    }

    [Fact]
    public async Task A_token_stays_the_text_that_was_written()
    {
        var credential = await Kubeconfig.Load(Write(OneContext), _ => null).Access(null).Credentials.GetAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Bearer 1e5", credential.Header!.ToString());
    }

    [Fact]
    public async Task Of_several_files_the_first_that_names_a_thing_wins_and_paths_are_relative_to_their_file()
    {
        using var folder = new ConfigFolder();
        folder.Write("one/token", "from-one");
        folder.Write("two/token", "from-two");
        var one = folder.Write("one/config", """
            contexts: [{name: lab, context: {cluster: there, user: me, namespace: first}}]
            users: [{name: me, user: {tokenFile: token}}]
            """);
        var two = folder.Write("two/config", """
            contexts: [{name: lab, context: {cluster: there, user: me, namespace: second}}, {name: other, context: {cluster: there, user: she}}]
            clusters: [{name: there, cluster: {server: "http://127.0.0.1:6443"}}]
            users: [{name: me, user: {token: late}}, {name: she, user: {tokenFile: token}}]
            """);
        var empty = folder.Write("empty", "");
        var both = Kubeconfig.Load(null, name => name == "KUBECONFIG" ? string.Join(Path.PathSeparator, empty, one, two, folder.Path("gone")) : null);
        Assert.Equal(["lab", "other"], both.Contexts);
        Assert.Equal(("first", "from-one", "from-two"), (both.Access("lab").Namespace, await TokenAsync(both.Access("lab")), await TokenAsync(both.Access("other"))));

        static async Task<string> TokenAsync(ClusterAccess access) => (await access.Credentials.GetAsync(TestContext.Current.CancellationToken)).Header!.Parameter!;
    }

    [Fact]
    public void Several_contexts_are_never_chosen_from()
    {
        var error = Assert.Throws<CraterException>(() => Kubeconfig.Load(Write(TwoContexts()), _ => null).Access(""));
        Assert.Equal("CRT5004", error.Code);
        Assert.Contains("lab, production", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Lab")]
    [InlineData("prod")]
    public void A_context_is_taken_by_its_exact_name_only(string almost) =>
        Assert.Equal("CRT5003", Assert.Throws<CraterException>(() => Kubeconfig.Load(Write(TwoContexts()), _ => null).Access(almost)).Code);

    [Fact]
    public void A_missing_file_is_an_error_that_names_it()
    {
        var error = Assert.Throws<CraterException>(() => Kubeconfig.Load(Path.Combine(_folder, "nothing"), _ => null));
        Assert.Equal("CRT5001", error.Code);
        Assert.Contains(Path.Combine(_folder, "nothing"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_names_files_when_no_path_is_given()
    {
        var path = Write(OneContext);
        Assert.Equal(["lab"], Kubeconfig.Load(null, name => name == "KUBECONFIG" ? $"/nowhere{Path.PathSeparator}{path}" : null).Contexts);
    }

    [Fact]
    public void A_half_written_file_is_an_error_with_its_place()
    {
        var error = Assert.Throws<CraterException>(() => Kubeconfig.Load(Write("contexts: [\n- {name: lab"), _ => null));
        Assert.Equal("CRT5002", error.Code);
        Assert.Matches(@"line \d+:\d+", error.Message);
    }

    [Theory]
    [InlineData("auth-provider: {name: gcp, config: {access-token: secret-canary}}")]
    public void A_way_of_signing_in_that_kubectl_gave_up_is_named_and_refused(string user)
    {
        var text = OneContext.Replace("{token: \"1e5\"}", $"{{{user}}}", StringComparison.Ordinal);
        var error = Assert.Throws<CraterException>(() => Kubeconfig.Load(Write(text), _ => null).Access(null));
        Assert.Equal("CRT5005", error.Code);
        Assert.Contains("auth-provider", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-canary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_certificate_is_taken_from_data()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = new CertificateRequest("CN=me", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var user = $"{{client-certificate-data: {Data(certificate.ExportCertificatePem())}, client-key-data: {Data(key.ExportPkcs8PrivateKeyPem())}}}";
        Kubeconfig.Load(Write(OneContext.Replace("{token: \"1e5\"}", user, StringComparison.Ordinal)), _ => null).Access(null).Open().Dispose();
    }

    [Fact]
    public void A_certificate_without_its_key_is_an_error()
    {
        var user = $"{{client-certificate-data: {Data("x")}}}";
        var error = Assert.Throws<CraterException>(() =>
            Kubeconfig.Load(Write(OneContext.Replace("{token: \"1e5\"}", user, StringComparison.Ordinal)), _ => null).Access(null));
        Assert.Equal("CRT5006", error.Code);
    }

    private static string Data(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string TwoContexts() => OneContext.Replace(
        "clusters:", "- {name: production, context: {cluster: lab, user: me}}\nclusters:", StringComparison.Ordinal);

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "config");
        File.WriteAllText(path, text);
        return path;
    }
}
