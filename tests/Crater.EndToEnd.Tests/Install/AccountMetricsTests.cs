using System.Net;
using System.Net.Http.Headers;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>The installed operator's metrics for service accounts, under the roles that were installed, with tokens that the cluster gave out.</summary>
public sealed class AccountMetricsTests : InstallLab
{
    private static readonly Resource Accounts = new("", "v1", "serviceaccounts", "ServiceAccount", true);
    private static readonly Resource Bindings = new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);

    [Fact]
    public async Task An_account_that_may_get_the_metrics_reads_them_with_its_token_and_nobody_else_does()
    {
        var installed = await RunAsync("install", "--account-metrics", "--replicas", "1");
        Assert.True(installed.Code == 0, installed.ToString());
        foreach (var name in (string[])["prometheus", "stranger"])
        {
            await Client.CreateAsync(Accounts, "shop", Parse($$"""{"metadata":{"name":"{{name}}"} }"""), Stop);
        }

        await Client.CreateAsync(Bindings, null, Parse("""
            {"metadata":{"name":"prometheus-crater"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"crater-metrics-reader"},
             "subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"prometheus"}]}
            """), Stop);
        var pod = Assert.Single((await Client.ListAsync(Resource.Pods, "crater-system", ListQuery.All, Stop)).Items);
        var address = new Uri($"https://{pod.Text("status", "podIP")}:8443/metrics");

        var (status, text) = await AskAsync(address, await TokenAsync("prometheus"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("crater_operator_leader ", text, StringComparison.Ordinal);
        (status, text) = await AskAsync(address, await TokenAsync("stranger"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("crater-metrics-reader", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(address, "made-up")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(address, "")).Status);

        var gone = await RunAsync("uninstall");
        Assert.True(gone.Code == 0, gone.ToString());
        foreach (var role in (string[])["crater-metrics", "crater-metrics-reader"])
        {
            Assert.False(await IsThereAsync(Bindings with { Plural = "clusterroles", Kind = "ClusterRole" }, "", role));
        }

        Assert.False(await IsThereAsync(Resource.Services, "crater-system", "crater-operator-metrics"));
    }

    private async Task<string> TokenAsync(string account)
    {
        var answer = await Client.CreateAsync(Accounts with { Plural = $"serviceaccounts/{account}/token" }, "shop", Parse("""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":600}}"""), Stop);
        return answer.Text("status", "token");
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(Uri address, string token)
    {
        using var handler = new HttpClientHandler();
        handler.ServerCertificateCustomValidationCallback = (_, _, _, _) => true;     // of that process alone: nobody has signed it
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = token.Length > 0 ? new AuthenticationHeaderValue("Bearer", token) : null;
        using var answer = await http.SendAsync(request, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }
}
