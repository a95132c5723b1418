using System.Net;
using System.Net.Sockets;
using System.Text;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Hosting;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class ProxyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://api.example.com:6443", "HTTPS_PROXY=http://p:1", "http://p:1/")]
    [InlineData("https://api.example.com:6443", "https_proxy=p:1", "http://p:1/")]
    [InlineData("https://api.example.com:6443", "HTTP_PROXY=http://p:1", "")]
    [InlineData("http://api.example.com", "HTTP_PROXY=socks5://p:1", "socks5://p:1/")]
    [InlineData("https://api.example.com:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=example.com", "")]
    [InlineData("https://api.example.com:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=.example.com", "")]
    [InlineData("https://example.com:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=.example.com", "http://p:1/")]
    [InlineData("https://notexample.com:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=example.com", "http://p:1/")]
    [InlineData("https://api.example.com:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=example.com:443", "http://p:1/")]
    [InlineData("https://api.example.com:6443", "HTTPS_PROXY=http://p:1;no_proxy=a.b,example.com:6443", "")]
    [InlineData("https://10.1.2.3:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=10.0.0.0/8", "")]
    [InlineData("https://11.1.2.3:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=10.0.0.0/8", "http://p:1/")]
    [InlineData("https://10.1.2.3:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=10.1.2.3", "")]
    [InlineData("https://[fd00::1]:6443", "HTTPS_PROXY=http://p:1;NO_PROXY=fd00::/8", "")]
    [InlineData("https://api.example.com", "HTTPS_PROXY=http://p:1;NO_PROXY=*", "")]
    [InlineData("https://127.0.0.1:6443", "HTTPS_PROXY=http://p:1", "")]
    [InlineData("https://localhost:6443", "HTTPS_PROXY=http://p:1", "")]
    public void Variables_of_the_environment_mean_what_they_mean_to_kubectl(string server, string variables, string proxy)
    {
        var environment = variables.Split(';').Select(one => one.Split('=', 2)).ToDictionary(one => one[0], one => one[1]);
        var found = ProxyChoice.For(new Uri(server), "", environment.GetValueOrDefault);
        Assert.Equal(proxy, found?.GetProxy(new Uri(server))?.ToString() ?? "");
    }

    [Fact]
    public void The_kubeconfigs_own_proxy_wins_and_holds_everywhere() =>
        Assert.Equal("http://mine:3128/", ProxyChoice.For(new Uri("https://127.0.0.1:6443"), "http://mine:3128", _ => "http://p:1")!.GetProxy(new Uri("https://127.0.0.1:6443"))!.ToString());

    [Fact]
    public void A_proxy_that_cannot_be_used_is_an_error_without_its_password()
    {
        var error = Assert.Throws<CraterException>(() => ProxyChoice.For(new Uri("https://a"), "ftp://me:secret-canary@p:1", _ => null));
        Assert.Equal("CRT5011", error.Code);
        Assert.DoesNotContain("secret-canary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_behind_a_proxy_is_reached_and_the_proxys_password_shown()
    {
        using var authority = new TestAuthority();
        using var folder = new ConfigFolder();
        await using var front = await FakeFront.StartAsync(async context =>
        {
            await Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(context.Response, new { gitVersion = "v1.32.0" }, Stop);
            return true;
        }, listen: options => options.UseHttps(authority.Server()));
        using var proxy = new FakeTunnel();
        var access = folder.Access(front.Address, "token: abc", cluster: $"certificate-authority-data: {authority.PemData}, proxy-url: \"http://me:word@127.0.0.1:{proxy.Port}\"");
        using var http = access.Open();
        Assert.Equal("v1.32.0", (await new KubernetesClient(http, "test", TimeProvider.System).RawAsync("version", Stop)).Text("gitVersion"));
        Assert.Contains(proxy.Heads, head => head.StartsWith($"CONNECT 127.0.0.1:{front.Address.Port} ", StringComparison.Ordinal)
            && head.Contains($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("me:word"))}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_told_apart_from_the_cluster()
    {
        using var folder = new ConfigFolder();
        using var proxy = new FakeTunnel { Refuses = true };
        using var http = folder.Access(new Uri("https://127.0.0.1:1/"), "token: abc", cluster: $"proxy-url: \"http://127.0.0.1:{proxy.Port}\"").Open();
        var error = await Assert.ThrowsAsync<KubernetesException>(() => new KubernetesClient(http, "test", TimeProvider.System).RawAsync("version", Stop));
        Assert.Equal("CRT5113", error.Code);
    }

    /// <summary>A fake: a proxy that opens a tunnel to whom it is told, for those with a password, over real sockets.</summary>
    private sealed class FakeTunnel : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public FakeTunnel()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public bool Refuses { get; init; }

        public System.Collections.Concurrent.ConcurrentQueue<string> Heads { get; } = new();

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    _ = TunnelAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task TunnelAsync(TcpClient client)
        {
            using var _ = client;
            var stream = client.GetStream();
            var head = new StringBuilder();
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && stream.ReadByte() is >= 0 and var one)
            {
                head.Append((char)one);
            }

            Heads.Enqueue(head.ToString());
            var isKnown = head.ToString().Contains("Proxy-Authorization", StringComparison.OrdinalIgnoreCase);
            if (Refuses || !isKnown)
            {
                var (status, more) = Refuses ? ("403 Forbidden", "") : ("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"p\"\r\n");
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n"));
                return;
            }

            using var behind = new TcpClient();
            var to = head.ToString().Split(' ')[1].Split(':');
            await behind.ConnectAsync(to[0], int.Parse(to[1]));
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n"));
            await Task.WhenAny(stream.CopyToAsync(behind.GetStream()), behind.GetStream().CopyToAsync(stream));
        }
    }
}
