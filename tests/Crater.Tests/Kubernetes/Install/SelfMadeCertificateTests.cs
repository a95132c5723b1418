using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Xunit;

namespace Crater.Tests.Kubernetes.Install;

/// <summary>The webhook's certificate, against the lab's API and a clock that the test moves.</summary>
public sealed class SelfMadeCertificateTests : IAsyncLifetime
{
    private static readonly InstallOptions Options = new() { Home = "shop", Webhook = true };
    private readonly Later _clock = new();
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync() => _lab = await LabApi.StartAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task The_authority_that_is_handed_out_has_signed_the_certificate_of_the_operators_service()
    {
        var (secret, authorities) = await PrepareAsync();
        using var certificate = X509Certificate2.CreateFromPem(Data(secret!, "tls.crt"), Data(secret!, "tls.key"));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(authorities);
        Assert.True(chain.Build(certificate), string.Join(", ", chain.ChainStatus.Select(one => one.StatusInformation)));
        Assert.True(certificate.HasPrivateKey && certificate.MatchesHostname("crater-operator.shop.svc"));
    }

    [Fact]
    public async Task A_certificate_that_is_good_for_long_stays()
    {
        await ApplyAsync();
        var kept = Text("ca.crt");
        _clock.Ahead = SelfMadeCertificate.Lifetime - SelfMadeCertificate.RenewBefore - TimeSpan.FromDays(1);
        Assert.Equal((null, kept), await PrepareAsync());
    }

    [Fact]
    public async Task Before_its_end_another_is_made_and_the_authority_before_stays_trusted()
    {
        await ApplyAsync();
        var before = Text("ca.crt");
        _clock.Ahead = SelfMadeCertificate.Lifetime - SelfMadeCertificate.RenewBefore + TimeSpan.FromDays(1);
        var (secret, authorities) = await PrepareAsync();
        Assert.NotEqual(Text("tls.crt"), Data(secret!, "tls.crt"));
        Assert.Contains(before.Trim(), authorities, StringComparison.Ordinal);
        Assert.Equal(2, authorities.Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Fact]
    public async Task Somebody_elses_certificate_is_left_alone()
    {
        await _lab.Client.CreateAsync(Resource.Secrets, "shop", LabApi.Parse("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"crater-webhook","namespace":"shop"},"data":{"tls.crt":"eA==","tls.key":"eA=="}}"""), Stop);
        Assert.Equal((null, ""), await PrepareAsync());
    }

    [Fact]
    public async Task The_webhooks_configuration_trusts_the_authority_of_the_plan()
    {
        var steps = await new Installer(_lab.Client, Options with { Home = "crater-system" }, _clock, _ => { }).PlanAsync(Stop);
        var secret = steps.Single(step => step.Name == "Secret crater-system/crater-webhook");
        var configuration = steps.Single(step => step.Object.Text("kind") == "ValidatingWebhookConfiguration").Object;
        Assert.Equal(StepKind.Create, secret.Kind);
        Assert.Equal(secret.Object.Text("data", "ca.crt"), configuration.Objects("webhooks").Single().Text("clientConfig", "caBundle"));
        Assert.Equal("", configuration.Annotation("cert-manager.io/inject-ca-from"));
    }

    private Task<(JsonObject? Secret, string Authorities)> PrepareAsync() => new SelfMadeCertificate(_lab.Client, Options, _clock).PrepareAsync(Stop);

    private async Task ApplyAsync() => await _lab.Client.ApplyAsync(Resource.Secrets, "shop", SelfMadeCertificate.Secret, (await PrepareAsync()).Secret!, new ApplyRequest { FieldManager = Installer.Manager }, null, Stop);

    private string Text(string key) => Data(_lab.Store.Get("secrets", "shop", SelfMadeCertificate.Secret)!, key);

    private static string Data(JsonObject secret, string key) => Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]![key]!));

    private sealed class Later : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}
