using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>The validating webhook over real TLS, asked as an API server asks.</summary>
public sealed class WebhookTests : OperatorBench
{
    private readonly X509Certificate2 _certificate = Certificate();
    private string _address = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "tls.crt"), _certificate.ExportCertificatePem(), Stop);
        await File.WriteAllTextAsync(Path.Combine(Folder, "tls.key"), _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), Stop);
        var port = FreePort();
        _address = $"https://127.0.0.1:{port}/validate";
        await Operate("one", "", "--webhook-listen", $"127.0.0.1:{port}", "--webhook-cert", Path.Combine(Folder, "tls.crt"), "--webhook-key", Path.Combine(Folder, "tls.key")).SaysAsync("leads");
        await MapAsync("carts");
    }

    [Fact]
    public async Task A_sound_experiment_is_let_through() => Assert.True((await ReviewAsync(Tamper("carts", "5s"))).Flag("response", "allowed"));

    [Fact]
    public async Task Every_problem_of_a_document_is_named_at_once()
    {
        var wrong = Tamper("carts", "5s");
        wrong["spec"]!["document"]!["method"]![0]!["provider"]!["fault"] = "no-such-fault";
        wrong["spec"]!["document"]!["controls"] = new JsonArray(Parse("""{"name": "c", "provider": {"type": "python", "module": "x"}}"""));
        var answer = await ReviewAsync(wrong);
        Assert.False(answer.Flag("response", "allowed"));
        Assert.Contains("CRT8406", answer.Text("response", "status", "message"), StringComparison.Ordinal);
        Assert.Contains("no-such-fault", answer.Text("response", "status", "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_in_a_protected_namespace_is_refused()
    {
        var wrong = Tamper("carts", "5s");
        wrong["spec"]!["document"]!["method"]![0]!["provider"]!["target"]!["namespace"] = "kube-system";
        Assert.Contains("CRT3011", await RefusalAsync(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_selector_that_matches_everything_is_stopped_by_the_blast_radius()
    {
        await MapAsync("orders");
        var wide = Tamper("carts", "5s");
        wide["spec"]!["document"]!["method"]![0]!["provider"]!["target"] = Parse("""{"kind": "configmap", "share": 1.0}""");
        Assert.Contains("CRT3005", await RefusalAsync(wide), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_a_running_experiment_holds_is_refused()
    {
        await CreateAsync(Tamper("carts", "10m"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the fault is in place", () => Said);
        var second = Tamper("second", "5s", target: "carts");
        second["spec"]!["document"]!["blast-radius"]!["targets-max"] = 5;
        Assert.Contains("CRT3012", await RefusalAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_change_freeze_is_on_experiments_are_refused_and_those_that_are_there_wait()
    {
        await FreezeAsync("always");
        Assert.Contains("CRT8408", await RefusalAsync(Tamper("carts", "5s")), StringComparison.Ordinal);
        await CreateAsync(Tamper("carts", "1s"));
        var waiting = await PhaseAsync("carts", "Pending");
        Assert.Equal("ChangeFreeze", waiting.Text("status", "reason"));
        await FreezeAsync("2020-01-01T00:00:00Z/2020-01-02T00:00:00Z");
        await PhaseAsync("carts", "Completed");
    }

    [Fact]
    public async Task A_change_that_leaves_the_spec_alone_always_passes()
    {
        var wrong = Tamper("carts", "5s");
        wrong["spec"]!["document"]!["method"]![0]!["provider"]!["fault"] = "no-such-fault";
        var answer = await ReviewAsync(wrong, "UPDATE", wrong);
        Assert.True(answer.Flag("response", "allowed"));
    }

    [Fact]
    public async Task Workflows_and_schedules_are_refused_for_the_documents_in_them()
    {
        var wrong = Tamper("carts", "5s")["spec"]!.AsObject();
        wrong["document"]!["method"]![0]!["provider"]!["fault"] = "no-such-fault";
        var flow = new JsonObject { ["steps"] = new JsonArray(new JsonObject { ["name"] = "only", ["experiment"] = wrong.DeepClone() }) };
        Assert.Contains("CRT2101 spec.steps[0].experiment.document.method[0]", await RefusalAsync(Kind("Workflow", flow)), StringComparison.Ordinal);
        Assert.Contains("CRT2101 spec.workflow.steps[0].experiment.document.method[0]", await RefusalAsync(Kind("Schedule", new JsonObject { ["schedule"] = "0 3 * * *", ["workflow"] = flow.DeepClone() })), StringComparison.Ordinal);
        var nightly = Kind("Schedule", new JsonObject { ["schedule"] = "every night", ["experiment"] = wrong.DeepClone() });
        var refusal = await RefusalAsync(nightly);
        Assert.Contains("CRT8405 spec.schedule", refusal, StringComparison.Ordinal);
        Assert.Contains("CRT2101 spec.experiment.document.method[0]", refusal, StringComparison.Ordinal);
        Assert.True((await ReviewAsync(nightly, "UPDATE", nightly)).Flag("response", "allowed"));
    }

    private static JsonObject Kind(string kind, JsonObject spec) => new() { ["apiVersion"] = CraterKinds.Experiments.ApiVersion, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = "one" }, ["spec"] = spec };

    private async Task FreezeAsync(string window)
    {
        var map = Parse($$"""{"metadata": {"name": "crater-change-freeze"}, "data": {"holidays": "{{window}}"} }""");
        if (await Client.FindAsync(Resource.ConfigMaps, CraterKinds.HomeSpace, "crater-change-freeze", Stop) is null)
        {
            await Client.CreateAsync(Resource.ConfigMaps, CraterKinds.HomeSpace, map, Stop);
            return;
        }

        await Client.PatchAsync(Resource.ConfigMaps, CraterKinds.HomeSpace, "crater-change-freeze", PatchForm.Merge, map, null, Stop);
    }

    private async Task<string> RefusalAsync(JsonObject experiment)
    {
        var answer = await ReviewAsync(experiment);
        Assert.False(answer.Flag("response", "allowed"), answer.ToJsonString());
        return answer.Text("response", "status", "message");
    }

    private async Task<JsonObject> ReviewAsync(JsonObject experiment, string operation = "CREATE", JsonObject? before = null)
    {
        using var handler = new HttpClientHandler();
        // The one certificate that the configuration's caBundle would name, and no other.
        handler.ServerCertificateCustomValidationCallback = (_, seen, _, _) => seen!.GetCertHashString(HashAlgorithmName.SHA256) == _certificate.GetCertHashString(HashAlgorithmName.SHA256);
        using var http = new HttpClient(handler);
        var review = new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject { ["uid"] = "u1", ["operation"] = operation, ["namespace"] = "shop", ["object"] = experiment.DeepClone(), ["oldObject"] = before?.DeepClone() },
        };
        using var body = new StringContent(review.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(_address), body, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var json = Parse(await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal("u1", json.Text("response", "uid"));
        return json;
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=crater-operator.crater-system.svc", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }
}
