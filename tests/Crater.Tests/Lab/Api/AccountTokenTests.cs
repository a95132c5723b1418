using System.Text.RegularExpressions;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Lab.Api.Access;
using Crater.Tests.Kubernetes;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Lab.Api;

/// <summary>Tokens of service accounts, as pods and people with <c>kubectl create token</c> have them.</summary>
public sealed partial class AccountTokenTests : IAsyncLifetime
{
    private static readonly Resource Accounts = new("", "v1", "serviceaccounts", "ServiceAccount", true);
    private LabApi _lab = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.Client.CreateAsync(Accounts, "shop", LabApi.Parse("""{"metadata":{"name":"robot"}}"""), Stop);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_token_opens_what_the_roles_of_its_account_allow_and_nothing_else()
    {
        var roles = new Resource("rbac.authorization.k8s.io", "v1", "roles", "Role", true);
        await _lab.Client.CreateAsync(roles, "shop", LabApi.Parse("""{"metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]}"""), Stop);
        await _lab.Client.CreateAsync(roles with { Plural = "rolebindings", Kind = "RoleBinding" }, "shop", LabApi.Parse("""
            {"metadata":{"name":"reader"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},"subjects":[{"kind":"ServiceAccount","namespace":"shop","name":"robot"}]}
            """), Stop);

        using var robot = await AsAsync(await TokenAsync("robot", 600));
        Assert.Empty((await robot.Client.ListAsync(Resource.Pods, "shop", ListQuery.All, Stop)).Items);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => robot.Client.ListAsync(Resource.Secrets, "shop", ListQuery.All, Stop))).IsForbidden);
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => robot.Client.ListAsync(Resource.Pods, "default", ListQuery.All, Stop))).IsForbidden);
    }

    [Fact]
    public async Task A_token_that_was_not_given_out_opens_nothing() =>
        Assert.Equal(401, (await Assert.ThrowsAsync<KubernetesException>(() => AsAsync("lab-0123456789"))).Status);

    [Fact]
    public async Task A_token_for_less_than_ten_minutes_is_refused() =>
        Assert.Contains("less than 10 minutes", (await Assert.ThrowsAsync<KubernetesException>(() => TokenAsync("robot", 599))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task An_account_that_is_not_there_gets_no_token() =>
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => TokenAsync("nobody", 600))).IsNotFound);

    [Fact]
    public void A_token_ends_when_its_time_is_over()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var tokens = new AccountTokens(clock);
        var (token, _) = tokens.Give("shop", "robot", TimeSpan.FromMinutes(10));
        clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("system:serviceaccount:shop:robot", tokens.AccountOf(token));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(tokens.AccountOf(token));
    }

    [Fact]
    public async Task A_review_says_whose_token_it_is_to_who_may_ask_and_nothing_of_one_that_was_not_given_out()
    {
        var reviews = new Resource("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false);
        var known = await _lab.Client.CreateAsync(reviews, null, Asked(await TokenAsync("robot", 600)), Stop);
        Assert.Equal((true, "system:serviceaccount:shop:robot"), (known.Flag("status", "authenticated"), known.Text("status", "user", "username")));
        Assert.Contains("system:serviceaccounts:shop", known.Texts("status", "user", "groups"));
        Assert.False((await _lab.Client.CreateAsync(reviews, null, Asked("lab-0123456789"), Stop)).Flag("status", "authenticated"));
        using var robot = await AsAsync(await TokenAsync("robot", 600));
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => robot.Client.CreateAsync(reviews, null, Asked("x"), Stop))).IsForbidden);

        static System.Text.Json.Nodes.JsonObject Asked(string token) => LabApi.Parse($$$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"{{{token}}}"} }""");
    }

    private async Task<string> TokenAsync(string account, int seconds)
    {
        var request = LabApi.Parse($$$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":{{{seconds}}}}}""");
        return (await _lab.Client.CreateAsync(Accounts with { Plural = $"serviceaccounts/{account}/token" }, "shop", request, Stop)).Text("status", "token");
    }

    private async Task<KubernetesConnection> AsAsync(string token)
    {
        var file = _lab.Kubeconfig + "-robot";
        await File.WriteAllTextAsync(file, Token().Replace(await File.ReadAllTextAsync(_lab.Kubeconfig, Stop), $"token: {token}"), Stop);
        return await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = file }, TimeProvider.System, Stop);
    }

    [GeneratedRegex("token: \\S+")]
    private static partial Regex Token();
}
