using System.Net;
using System.Net.Sockets;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class FailuresTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(401, "Unauthorized", "CRT5201")]
    [InlineData(403, "Forbidden", "CRT5202")]
    [InlineData(404, "NotFound", "CRT5203")]
    [InlineData(409, "Conflict", "CRT5204")]
    [InlineData(409, "AlreadyExists", "CRT5205")]
    [InlineData(422, "Invalid", "CRT5206")]
    public async Task A_refusal_becomes_a_coded_error(int status, string reason, string code)
    {
        await using var front = await FakeFront.StartAsync(context => FakeFront.StatusAsync(context, status, reason, "said the server"));
        using var http = new HttpClient { BaseAddress = front.Address };
        var error = await Assert.ThrowsAsync<KubernetesException>(() => Client(http).GetAsync(Resource.Pods, "shop", "carts-1", Stop));
        Assert.Equal((code, status, reason), (error.Code, error.Status, error.Reason));
        Assert.Contains("said the server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forbidden_call_names_its_verb_and_resource()
    {
        await using var front = await FakeFront.StartAsync(context => FakeFront.StatusAsync(context, 403, "Forbidden", "no"));
        using var http = new HttpClient { BaseAddress = front.Address };
        var error = await Assert.ThrowsAsync<KubernetesException>(() => Client(http).ListAsync(Resource.DisruptionBudgets, "shop", ListQuery.All, Stop));
        Assert.Contains("the verb 'list' on poddisruptionbudgets.policy in namespace 'shop'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_connection_says_so()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        var error = await Assert.ThrowsAsync<KubernetesException>(() => Client(http).DeleteAsync(Resource.Pods, "shop", "x", new DeleteRequest(), Stop));
        Assert.Equal("CRT5101", error.Code);
        Assert.True(error.IsUnreachable);
    }

    [Fact]
    public async Task A_read_is_tried_again_after_a_500()
    {
        var calls = 0;
        await using var front = await FakeFront.StartAsync(async context =>
        {
            if (++calls == 1)
            {
                return await FakeFront.StatusAsync(context, 500, "InternalError", "etcd");
            }

            await context.Response.WriteAsJsonAsync(new { kind = "Pod", metadata = new { name = "carts-1" } }, Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        Assert.Equal("carts-1", (await Client(http).GetAsync(Resource.Pods, "shop", "carts-1", Stop)).Name());
    }

    [Fact]
    public async Task A_write_is_never_tried_again_after_a_500()
    {
        await using var front = await FakeFront.StartAsync(context => FakeFront.StatusAsync(context, 500, "InternalError", "etcd"));
        using var http = new HttpClient { BaseAddress = front.Address };
        await Assert.ThrowsAsync<KubernetesException>(() => Client(http).DeleteAsync(Resource.Pods, "shop", "x", new DeleteRequest(), Stop));
        Assert.Single(front.Requests);
    }

    [Fact]
    public async Task A_page_of_html_is_no_cluster()
    {
        await using var front = await FakeFront.StartAsync(async context =>
        {
            await context.Response.WriteAsync("<html>hello</html>", Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        var error = await Assert.ThrowsAsync<KubernetesException>(() => Client(http).RawAsync("version", Stop));
        Assert.Equal("CRT5106", error.Code);
    }

    private static KubernetesClient Client(HttpClient http) => new(http, "fake", TimeProvider.System);

    [Fact]
    public async Task A_server_that_takes_a_connection_and_never_speaks_is_not_said_to_have_had_the_time_of_a_request()
    {
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        var access = new ClusterAccess { ContextName = "deaf", Server = new Uri($"https://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}/"), ConnectTimeout = TimeSpan.FromMilliseconds(100) };
        using var http = access.Open();
        var error = await Assert.ThrowsAsync<KubernetesException>(() => new KubernetesClient(http, "deaf", TimeProvider.System).RawAsync("version", Stop));
        Assert.Equal("CRT5104", error.Code);
    }
}
