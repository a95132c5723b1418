using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crater.Agent.Host;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Who is let in to craterd over TCP, and what it refuses to open at all.</summary>
public sealed class ServeAccessTests : IDisposable
{
    private const string Token = "a-token-of-this-test-alone";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("CRT5657")]
    [InlineData("CRT5657", "--certificate", "server.pem", "--key", "server.key")]
    [InlineData("CRT5663", "--token-file", "token", "--certificate", "server.pem")]
    [InlineData("CRT5663", "--token-file", "token", "--client-ca", "ca.pem")]
    [InlineData("CRT5658", "--token-file", "readable")]
    [InlineData("CRT5658", "--token-file", "short")]
    [InlineData("CRT5658", "--token-file", "missing")]
    [InlineData("CRT5661", "--certificate", "server.pem", "--key", "readable", "--client-ca", "ca.pem")]
    [InlineData("CRT5661", "--certificate", "ca.pem", "--key", "server.key", "--client-ca", "ca.pem")]
    public async Task What_would_let_in_too_many_is_not_started(string code, params string[] options)
    {
        using var authority = new Authority(_playground.Folder);
        authority.Issue("server", forServer: true);
        Write("token", Token, isPrivate: true);
        Write("short", "abc", isPrivate: true);
        Write("readable", Token, isPrivate: false);

        var answer = await _playground.RunAsync(["serve", "--listen", "127.0.0.1:0", .. options]);

        Assert.Equal(1, answer.Code);
        Assert.StartsWith(code, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_not_sent_over_a_network_for_all_to_read()
    {
        Write("token", Token, isPrivate: true);

        var answer = await _playground.RunAsync("serve", "--listen", "192.0.2.1:7430", "--token-file", "token");

        Assert.StartsWith("CRT5665", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_token_lets_in()
    {
        Write("token", Token, isPrivate: true);
        using var agent = await ServedAgent.StartAsync(_playground, "", "--listen", "127.0.0.1:0", "--token-file", "token");
        using var client = new HttpClient { BaseAddress = agent.Address("http") };

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token + "x");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        Assert.DoesNotContain(Token, await File.ReadAllTextAsync(Path.Combine(_playground.StateFolder, "audit"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_token_counts_at_once_and_a_file_that_cannot_be_trusted_lets_nobody_in()
    {
        Write("token", Token, isPrivate: true);
        using var agent = await ServedAgent.StartAsync(_playground, "", "--listen", "127.0.0.1:0", "--token-file", "token");
        using var old = new HttpClient { BaseAddress = agent.Address("http"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) } };
        using var other = new HttpClient { BaseAddress = agent.Address("http"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token + "-2") } };
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await StatusAsync(old), await StatusAsync(other)));

        Write("token", Token + "-2", isPrivate: true);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await StatusAsync(old), await StatusAsync(other)));

        Write("token", Token + "-2", isPrivate: false);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(other));
        File.Delete(Path.Combine(_playground.Folder, "token"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(other));
        await agent.Process.SaysAsync("Nobody is let in over TCP by a token. CRT5658");
        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("/healthz")).Status);

        Write("token", Token, isPrivate: true);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(old));
    }

    [Fact]
    public async Task Whoever_opens_every_connection_over_TCP_keeps_nobody_from_the_unix_socket()
    {
        Write("token", Token, isPrivate: true);
        using var agent = await ServedAgent.StartAsync(_playground, "", "--listen", "127.0.0.1:0", "--token-file", "token");
        var point = new IPEndPoint(IPAddress.Loopback, agent.Address("http").Port);
        List<Socket> flood = [];
        try
        {
            for (var opened = 0; opened < Crater.Agent.Limits.ConnectionsMax * 2; opened++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                flood.Add(socket);
                await socket.ConnectAsync(point, TestContext.Current.CancellationToken);
            }

            // Those above the limit are told so; those below it may still say what they want.
            await CommandLine.Wait.UntilAsync(() => flood.Count(socket => !socket.Poll(TimeSpan.Zero, SelectMode.SelectRead)) == Crater.Agent.Limits.TcpConnectionsMax, "the others are closed");
            Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("/healthz")).Status);
        }
        finally
        {
            flood.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Only_a_certificate_of_the_authority_lets_in_and_the_audit_log_has_its_name()
    {
        using var authority = new Authority(_playground.Folder);
        authority.Issue("server", forServer: true);
        using var known = authority.Issue("somebody", forServer: false);
        using var foreign = new Authority(Directory.CreateDirectory(Path.Combine(_playground.Folder, "foreign")).FullName);
        using var unknown = foreign.Issue("somebody", forServer: false);
        using var agent = await ServedAgent.StartAsync(_playground, "", "--listen", "127.0.0.1:0", "--certificate", "server.pem", "--key", "server.key", "--client-ca", "ca.pem");

        using (var client = authority.Client(agent.Address("https"), known))
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        }

        foreach (var certificate in new[] { null, unknown })
        {
            using var client = authority.Client(agent.Address("https"), certificate);
            await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(client));
        }

        Assert.Contains("CN=somebody", await File.ReadAllTextAsync(Path.Combine(_playground.StateFolder, "audit"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private void Write(string name, string text, bool isPrivate)
    {
        var path = Path.Combine(_playground.Folder, name);
        File.WriteAllText(path, text);
        Assert.Equal(0, Libc.ChangeMode(path, isPrivate ? 0x180u : 0x1A4u));
    }
}
