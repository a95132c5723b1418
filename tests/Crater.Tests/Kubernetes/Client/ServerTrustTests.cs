using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class ServerTrustTests : IDisposable
{
    private readonly ConfigFolder _folder = new();
    private readonly TestAuthority _authority = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_server_of_the_authority_in_the_kubeconfig_is_believed()
    {
        await using var front = await TlsAsync(_authority.Server());
        Assert.Equal("v1.32.0", await VersionAsync(front, "token: abc"));
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_told_with_its_dates_and_our_clock()
    {
        await using var front = await TlsAsync(_authority.Server(endsIn: TimeSpan.FromDays(-3)));
        var error = await FailAsync(front, "CRT5109");
        Assert.Contains("this machine's clock says", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_told_with_its_issuer()
    {
        using var other = new TestAuthority("another-ca");
        await using var front = await TlsAsync(other.Server());
        Assert.Contains("'CN=another-ca' issued 'CN=server'", await FailAsync(front, "CRT5110"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_told_with_the_names_that_it_has()
    {
        await using var front = await TlsAsync(_authority.Server("api.internal"));
        Assert.Contains("for api.internal, and not for '127.0.0.1'", await FailAsync(front, "CRT5111"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_to_expect_can_be_given()
    {
        await using var front = await TlsAsync(_authority.Server("api.internal"));
        Assert.Equal("v1.32.0", await VersionAsync(front, "token: abc", ", tls-server-name: api.internal"));
    }

    [Fact]
    public async Task A_check_that_is_skipped_is_said_loudly()
    {
        using var other = new TestAuthority("another-ca");
        await using var front = await TlsAsync(other.Server());
        using var connection = await KubernetesConnection.OpenAsync(_folder.Options(front.Address, "token: abc", "insecure-skip-tls-verify: true"), TimeProvider.System, Stop);
        Assert.Contains("insecure-skip-tls-verify", Assert.Single(connection.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_is_shown()
    {
        await using var front = await TlsAsync(_authority.Server(), asksForCertificate: true);
        Assert.Equal("CN=jane", await VersionAsync(front, TestAuthority.UserData(_authority.Client("jane"))));
    }

    [Fact]
    public async Task A_client_certificate_of_an_exec_plugin_is_shown()
    {
        await using var front = await TlsAsync(_authority.Server(), asksForCertificate: true);
        var (certificate, key) = TestAuthority.Pair(_authority.Client("plugged"));
        var status = new System.Text.Json.Nodes.JsonObject { ["clientCertificateData"] = certificate, ["clientKeyData"] = key };
        _folder.Write("answer", new System.Text.Json.Nodes.JsonObject { ["apiVersion"] = "client.authentication.k8s.io/v1", ["kind"] = "ExecCredential", ["status"] = status }.ToJsonString());
        _folder.Program("plugin", $"cat {_folder.Path("answer")}");
        Assert.Equal("CN=plugged", await VersionAsync(front, "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}"));
    }

    [Theory]
    [InlineData(true)]      // at the handshake, as a server does that takes nobody without a certificate
    [InlineData(false)]     // by a 401, as an API server does
    public async Task A_client_certificate_that_has_expired_is_told_with_its_date(bool atTheHandshake)
    {
        await using var front = await TlsAsync(_authority.Server(), asksForCertificate: true, refusesExpired: atTheHandshake);
        Assert.Contains("expired on", await FailAsync(front, "CRT5112", TestAuthority.UserData(_authority.Client("late", TimeSpan.FromDays(-1)))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_the_server_asks_to_leave_is_left_without_a_lost_request()
    {
        var connections = new ConcurrentQueue<string>();
        await using var front = await TlsAsync(_authority.Server(), before: context =>
        {
            connections.Enqueue($"{context.Request.Protocol} {context.Connection.Id}");
            context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose();
        });
        using var http = Access(front, "token: abc").Open();
        var client = new KubernetesClient(http, "test", TimeProvider.System);
        for (var i = 0; i < 4; i++)
        {
            await client.DeleteAsync(Resource.Pods, "shop", $"pod-{i}", new DeleteRequest(), Stop);
        }

        Assert.All(connections, one => Assert.StartsWith("HTTP/2 ", one, StringComparison.Ordinal));
        Assert.Equal(4, connections.Count);
        Assert.True(connections.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(600, "ahead of")]
    [InlineData(-600, "behind")]
    public async Task Clocks_that_differ_are_said_with_by_how_much(int seconds, string which)
    {
        await using var front = await TlsAsync(_authority.Server(), before: context =>
            context.Response.Headers.Date = TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToString("R"));
        using var connection = await KubernetesConnection.OpenAsync(_folder.Options(front.Address, "token: abc", Authority()), TimeProvider.System, Stop);
        Assert.Contains($"s {which} this machine's", Assert.Single(connection.Warnings), StringComparison.Ordinal);
        Assert.InRange(Math.Abs(connection.ClockSkew.TotalSeconds), 590, 610);
        Assert.InRange((await connection.Client.ServerNowAsync(Stop) - TimeProvider.System.GetUtcNow()).TotalSeconds / seconds, 0.98, 1.02);
    }

    private string Authority() => $"certificate-authority-data: {_authority.PemData}";

    private ClusterAccess Access(FakeFront front, string user, string cluster = "") => _folder.Access(front.Address, user, cluster: Authority() + cluster);

    private async Task<string> VersionAsync(FakeFront front, string user, string cluster = "")
    {
        var access = Access(front, user, cluster);
        using var http = access.Open();
        var client = new KubernetesClient(http, "test", TimeProvider.System, new ClientOptions { SignIn = new SignInFacts(() => access.ClientCertificate?.Ends) });
        return (await client.RawAsync("version", Stop)).Text("gitVersion");
    }

    private async Task<string> FailAsync(FakeFront front, string code, string user = "token: abc")
    {
        var error = await Assert.ThrowsAsync<KubernetesException>(() => VersionAsync(front, user));
        Assert.Equal(code, error.Code);
        return error.Message;
    }

    /// <summary>An API server that says its version, or whose certificate it was shown.</summary>
    private static Task<FakeFront> TlsAsync(X509Certificate2 certificate, bool asksForCertificate = false, bool refusesExpired = false, Action<HttpContext>? before = null) =>
        FakeFront.StartAsync(async context =>
        {
            before?.Invoke(context);
            var shown = await context.Connection.GetClientCertificateAsync(Stop);
            if (shown?.NotAfter < TimeProvider.System.GetLocalNow().DateTime)
            {
                return await FakeFront.StatusAsync(context, 401, "Unauthorized", "Unauthorized");
            }

            await context.Response.WriteAsJsonAsync(new { gitVersion = shown?.Subject ?? "v1.32.0" }, Stop);
            return true;
        }, listen: options => options.UseHttps(certificate, https =>
        {
            https.ClientCertificateMode = asksForCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
            https.ClientCertificateValidation = (shown, _, _) => !refusesExpired || shown.NotAfter > TimeProvider.System.GetLocalNow().DateTime;
        }));
}
