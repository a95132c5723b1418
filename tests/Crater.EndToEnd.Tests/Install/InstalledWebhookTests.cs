using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>The webhook as craterctl installs it: the API server asks the operator's process through its Service, over TLS, and trusts the authority that was made for it.</summary>
public sealed class InstalledWebhookTests : InstallLab
{
    private static readonly Resource Configurations = new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false);

    [Fact]
    public async Task The_API_server_asks_the_installed_operator_and_goes_on_without_it_when_it_is_down_unless_told_not_to()
    {
        await InstalledAsync();
        await RefusedAsync("bad");
        await TamperAsync("good", "1s");
        await PhaseAsync("good", "Completed");

        await Client.PatchAsync(Resource.Deployments, "crater-system", "crater-operator", PatchForm.Merge, Parse("""{"spec":{"replicas":0}}"""), null, Stop);
        await Wait.UntilAsync(async () => !(await Client.ListAsync(Resource.Pods, "crater-system", ListQuery.All, Stop)).Items.Any(), "no operator is there", Wait.Patience);
        await BadAsync("unasked");
        await Client.PatchAsync(Configurations, null, "crater-experiments", PatchForm.Json, JsonNode.Parse("""[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]""")!, null, Stop);
        Assert.Contains("failed calling webhook \"experiments.crater.dev\"", (await Assert.ThrowsAsync<KubernetesException>(() => TamperAsync("second", "1s"))).Message, StringComparison.Ordinal);
        await Client.PatchAsync(Configurations, null, "crater-experiments", PatchForm.Json, JsonNode.Parse("""[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]""")!, null, Stop);

        await Client.PatchAsync(Resource.Deployments, "crater-system", "crater-operator", PatchForm.Merge, Parse("""{"spec":{"replicas":1}}"""), null, Stop);
        // What was let in while nobody was asked is refused by the operator itself.
        await PhaseAsync("unasked", "Failed");
    }

    [Fact]
    public async Task A_certificate_that_is_renewed_is_served_by_the_same_process_and_doctor_says_when_it_is_time()
    {
        // Three hundred and fifty days ago, so that fifteen are left.
        var then = new Installer(Client, new InstallOptions { Webhook = true, Replicas = 1 }, new Earlier(TimeSpan.FromDays(350)), _ => { });
        await then.ApplyAsync(await then.PlanAsync(Stop), TimeSpan.FromMinutes(2), Stop);
        var pod = Assert.Single((await Client.ListAsync(Resource.Pods, "crater-system", ListQuery.All, Stop)).Items);
        var before = await ServedAsync(pod);
        Assert.Equal(await InSecretAsync(), before);
        await RefusedAsync("bad");
        var told = await DoctorAsync();
        Assert.Equal(("limited", "CRT5229"), ((string?)told["state"], (string?)told["code"]));

        await InstalledAsync();
        await Wait.UntilAsync(async () => await ServedAsync(pod) is var now && now != before && now == await InSecretAsync(), "the new certificate is served", Wait.Patience);
        var same = Assert.Single((await Client.ListAsync(Resource.Pods, "crater-system", ListQuery.All, Stop)).Items);
        Assert.Equal((pod.Uid(), 0), (same.Uid(), same.Objects("status", "containerStatuses").Single().Integer("restartCount")));
        await RefusedAsync("bad");
        Assert.Equal("fine", (string?)(await DoctorAsync())["state"]);
    }

    private async Task InstalledAsync()
    {
        var answer = await RunAsync("install", "--webhook", "--replicas", "1");
        Assert.True(answer.Code == 0, answer.ToString());
    }

    private async Task RefusedAsync(string name)
    {
        KubernetesException? refused = null;
        // The Service follows the pod a little after it is ready.
        await Wait.UntilAsync(async () =>
        {
            refused = await Record.ExceptionAsync(() => BadAsync(name)) as KubernetesException;
            if (refused is null)
            {
                await Client.DeleteAsync(CraterKinds.Experiments, "shop", name, new DeleteRequest(), Stop);
            }

            return refused is not null;
        }, "the webhook is asked", Wait.Patience);
        Assert.Contains("admission webhook \"experiments.crater.dev\" denied the request", refused!.Message, StringComparison.Ordinal);
        Assert.Contains("CRT3003", refused.Message, StringComparison.Ordinal);
        Assert.False(await IsThereAsync(CraterKinds.Experiments, "shop", name));
    }

    /// <summary>One whose target is not there.</summary>
    private Task BadAsync(string name) => TamperAsync(name, "1s", "nosuch");

    private async Task<JsonNode> DoctorAsync() => (await RunAsync("doctor", "--json")).Json["checks"]!.AsArray().Single(one => (string?)one!["check"] == "webhook")!;

    private async Task<string> InSecretAsync()
    {
        var secret = await Client.GetAsync(Resource.Secrets, "crater-system", "crater-webhook", Stop);
        using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(secret.Text("data", "tls.crt"))));
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    private static async Task<string> ServedAsync(JsonObject pod)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(pod.Text("status", "podIP"), 9443, Stop);
        var seen = "";
        await using var tls = new SslStream(socket.GetStream(), false, (_, certificate, _, _) => (seen = certificate!.GetCertHashString(HashAlgorithmName.SHA256)).Length > 0);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "crater-operator.crater-system.svc" }, Stop);
        return seen;
    }

    private sealed class Earlier(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - by;
    }
}
