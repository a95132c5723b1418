using System.Text.Json.Nodes;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Operator;
using Crater.Server.Operating;
using Crater.Tests.Measurements;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>Who may read the operator's metrics, against the lab's reviews and roles.</summary>
public sealed class MetricsReadersTests : IAsyncLifetime
{
    private const string Robot = "system:serviceaccount:crater-system:crater-operator";

    private static readonly Resource Accounts = new("", "v1", "serviceaccounts", "ServiceAccount", true);
    private static readonly Resource Roles = new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
    private static readonly Resource Bindings = new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);

    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);
    private LabApi _lab = null!;
    private string _token = "";

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.Client.CreateAsync(Accounts, "shop", LabApi.Parse("""{"metadata":{"name":"prometheus"}}"""), Stop);
        _token = (await _lab.Client.CreateAsync(Accounts with { Plural = "serviceaccounts/prometheus/token" }, "shop",
            LabApi.Parse("""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":600}}"""), Stop)).Text("status", "token");
        foreach (var set in Permissions.OfMetrics)
        {
            await _lab.Client.CreateAsync(Roles, null, PermissionText.Role(set), Stop);
        }
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task With_its_role_alone_the_operator_finds_out_who_may_and_who_may_not()
    {
        await BindAsync(Permissions.Metrics, "crater-system", "crater-operator");
        using var robot = await _lab.OpenAsync($"as: {Robot}");
        var readers = new MetricsReaders(robot.Client, _clock);
        Assert.Equal(MetricsAccess.Refused, await readers.AskAsync(_token, Stop));
        await BindAsync(Permissions.MetricsReader, "shop", "prometheus");
        _clock.Advance(MetricsReaders.NoLasts);
        Assert.Equal(MetricsAccess.Allowed, await readers.AskAsync(_token, Stop));
        Assert.Equal(MetricsAccess.Unknown, await readers.AskAsync("lab-0123", Stop));
        Assert.Equal(MetricsAccess.Unknown, await readers.AskAsync("", Stop));
    }

    [Fact]
    public async Task An_operator_that_may_not_ask_lets_nobody_read()
    {
        await BindAsync(Permissions.MetricsReader, "shop", "prometheus");
        using var robot = await _lab.OpenAsync($"as: {Robot}");
        Assert.Equal(MetricsAccess.NotKnown, await new MetricsReaders(robot.Client, _clock).AskAsync(_token, Stop));
    }

    [Fact]
    public async Task What_was_allowed_is_asked_again_after_a_minute()
    {
        await BindAsync(Permissions.MetricsReader, "shop", "prometheus");
        var readers = new MetricsReaders(_lab.Client, _clock);
        Assert.Equal(MetricsAccess.Allowed, await readers.AskAsync(_token, Stop));
        await _lab.Client.DeleteAsync(Bindings, null, Permissions.MetricsReader.Role, new DeleteRequest(), Stop);
        _clock.Advance(MetricsReaders.YesLasts - TimeSpan.FromSeconds(1));
        Assert.Equal(MetricsAccess.Allowed, await readers.AskAsync(_token, Stop));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(MetricsAccess.Refused, await readers.AskAsync(_token, Stop));
    }

    [Fact]
    public void A_token_of_a_file_that_is_changed_opens_nothing_any_more_and_one_that_is_gone_opens_to_nobody()
    {
        var file = Path.Combine(Path.GetDirectoryName(_lab.Kubeconfig)!, "token");
        File.WriteAllText(file, "first\n");
        var token = MetricsToken.Of(file, new System.Net.IPEndPoint(System.Net.IPAddress.Any, 8081));
        Assert.Equal((true, false), (token.IsShownBy(With("first")), token.IsShownBy(With("second"))));
        File.WriteAllText(file, "second\n");
        Assert.Equal((false, true), (token.IsShownBy(With("first")), token.IsShownBy(With("second"))));
        File.WriteAllText(file, "");
        Assert.False(token.IsShownBy(With("")));
        File.Delete(file);
        Assert.False(token.IsShownBy(With("second")));
    }

    private static HttpRequest With(string bearer) => new DefaultHttpContext { Request = { Headers = { Authorization = $"Bearer {bearer}" } } }.Request;

    private Task<JsonObject> BindAsync(PermissionSet set, string space, string account) => _lab.Client.CreateAsync(Bindings, null, LabApi.Parse($$"""
        {"metadata":{"name":"{{set.Role}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{set.Role}}"},
         "subjects":[{"kind":"ServiceAccount","namespace":"{{space}}","name":"{{account}}"}] }
        """), Stop);
}
