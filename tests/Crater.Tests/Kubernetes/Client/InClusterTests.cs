using Crater.Diagnostics;
using Crater.Kubernetes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class InClusterTests : IDisposable
{
    private readonly ConfigFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly LeapingClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_pod_works_as_its_service_account_and_takes_the_token_that_is_fresh()
    {
        List<string> shown = [];
        await using var front = await FakeFront.StartAsync(async context =>
        {
            shown.Add(context.Request.Headers.Authorization.ToString());
            await context.Response.WriteAsJsonAsync(new { gitVersion = "v1.32.0" }, Stop);
            return true;
        }, listen: options => options.UseHttps(_authority.Server()));
        _folder.Write("sa/ca.crt", _authority.Pem);
        _folder.Write("sa/token", "first");
        _folder.Write("sa/namespace", "ops");
        using var connection = await KubernetesConnection.OpenAsync(Options(front.Address.Port.ToString()), _clock, Stop);
        Assert.Equal(("in-cluster", "ops", "Bearer first"), (connection.ContextName, connection.Namespace, shown[^1]));
        _folder.Write("sa/token", "second");
        _clock.Leap(TimeSpan.FromMinutes(2));
        await connection.Client.RawAsync("version", Stop);
        Assert.Equal("Bearer second", shown[^1]);
    }

    [Fact]
    public async Task A_pod_without_its_service_accounts_files_says_which_are_missing()
    {
        var error = await Assert.ThrowsAsync<CraterException>(() => KubernetesConnection.OpenAsync(Options("1"), _clock, Stop));
        Assert.Equal("CRT5012", error.Code);
        Assert.Contains(_folder.Path("sa"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_a_pod_no_kubeconfig_is_still_none() =>
        Assert.Equal("CRT5001", (await Assert.ThrowsAsync<CraterException>(() => KubernetesConnection.OpenAsync(Options(""), _clock, Stop))).Code);

    private ConnectionOptions Options(string port) => new()
    {
        ServiceAccountFolder = _folder.Path("sa"),
        Environment = name => name switch
        {
            "KUBERNETES_SERVICE_HOST" => "127.0.0.1",
            "KUBERNETES_SERVICE_PORT" => port,
            "HOME" => _folder.Path("home"),
            _ => null,
        },
    };
}
