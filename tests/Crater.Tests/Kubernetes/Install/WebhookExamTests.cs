using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Install;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Kubernetes.Install;

/// <summary>What doctor says of the webhook's certificate, as installed and at other times.</summary>
public sealed class WebhookExamTests : IAsyncLifetime
{
    private static readonly Resource Configurations = new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false);
    private readonly ManualClock _clock = new(TimeProvider.System.GetUtcNow());
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync() => _lab = await LabApi.StartAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [InlineData(200, CheckState.Fine, "is good until")]
    [InlineData(29, CheckState.Limited, "ends on")]
    [InlineData(-1, CheckState.Limited, "ended on")]
    public async Task It_warns_before_the_certificate_ends(int daysLeft, CheckState state, string words)
    {
        await InstallAsync();
        _clock.Advance(SelfMadeCertificate.Lifetime - TimeSpan.FromDays(daysLeft));
        var check = Assert.Single(await new WebhookExam(_lab.Client, _clock).ExamineAsync(Stop));
        Assert.Equal((state, state == CheckState.Fine ? "" : "CRT5229"), (check.State, check.Code));
        Assert.Contains(words, check.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_served_may_end_before_the_authority_that_is_trusted()
    {
        await InstallAsync();
        _clock.Advance(SelfMadeCertificate.Lifetime - TimeSpan.FromDays(10));
        // Only the configuration is new: what is served is still the old one.
        var secret = await _lab.Client.GetAsync(Resource.Secrets, "crater-system", SelfMadeCertificate.Secret, Stop);
        await InstallAsync();
        await _lab.Client.PatchAsync(Resource.Secrets, "crater-system", SelfMadeCertificate.Secret, PatchForm.Merge, new System.Text.Json.Nodes.JsonObject { ["data"] = secret["data"]!.DeepClone() }, null, Stop);
        Assert.Equal("CRT5229", Assert.Single(await new WebhookExam(_lab.Client, _clock).ExamineAsync(Stop)).Code);
    }

    [Fact]
    public async Task A_webhook_that_the_API_server_does_not_trust_is_said()
    {
        await InstallAsync();
        await _lab.Client.PatchAsync(Configurations, null, "crater-experiments", PatchForm.Json, System.Text.Json.Nodes.JsonNode.Parse("""[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]""")!, null, Stop);
        var check = Assert.Single(await new WebhookExam(_lab.Client, _clock).ExamineAsync(Stop));
        Assert.Equal((CheckState.Limited, "CRT5229"), (check.State, check.Code));
    }

    [Fact]
    public async Task Where_there_is_no_webhook_there_is_nothing_to_say() => Assert.Empty(await new WebhookExam(_lab.Client, _clock).ExamineAsync(Stop));

    /// <summary>Applies what an installation would, of the webhook alone: no operator is waited for.</summary>
    private async Task InstallAsync()
    {
        var steps = await new Installer(_lab.Client, new InstallOptions { Webhook = true }, _clock, _ => { }).PlanAsync(Stop);
        foreach (var one in steps.Select(step => step.Object).Where(one => one.Text("kind") is "Namespace" or "Secret" or "ValidatingWebhookConfiguration"))
        {
            await _lab.Client.ApplyAsync(InstalledKinds.Of(one), one.Namespace(), one.Name(), one, new ApplyRequest { FieldManager = Installer.Manager }, null, Stop);
        }
    }
}
