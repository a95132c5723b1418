using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The faults of HTTP requests, seen by a client and by a server in a network namespace that the test made.</summary>
public sealed class HttpFaultTests : IDisposable
{
    private const string Uid = "http-1";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_request_is_answered_later_and_its_neighbour_is_not(string address)
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-delay", "--delay", "300ms", "--path", "/slow*");

        var to = IPAddress.Parse(address);
        _ = web.Ask("/", to);
        var (slow, other) = (Time(web, "/slow/1?x=1", to), Time(web, "/fast", to));

        // A busy machine may make it later still, never earlier.
        Assert.True(slow.TotalMilliseconds is >= 299.9 and < 5_000 && other < slow, $"{slow}, {other}");
        await RecoverAsync();
        Assert.True(Time(web, "/slow/1", to) < slow);
    }

    [Fact]
    public async Task A_request_is_answered_in_the_servers_place_and_the_connection_goes_on()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-status", "--status", "503", "--body", "no", "--path", "/hit");
        using var client = web.Connect();

        // All in one piece: answers keep the order of the requests, whoever gives them.
        client.Send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /hit HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /GET /chunked HTTP/1.1\r\n\r\nHEAD /hit HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
        Assert.EndsWith("hello", client.Answer(), StringComparison.Ordinal);
        const string Head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\n";
        Assert.Equal(Head + "no", client.Answer());
        Assert.EndsWith("hello world", client.Answer(), StringComparison.Ordinal);
        Assert.Equal(Head, Encoding.ASCII.GetString(client.Take(Head.Length)));
        Assert.EndsWith("hello", client.Answer(), StringComparison.Ordinal);
        Assert.Equal(["/a", "/chunked", "/b"], web.Seen.Select(head => head.Split(' ')[1]));
        await RecoverAsync();
    }

    [Fact]
    public async Task A_request_is_cut_off_and_the_server_does_not_see_it()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-abort", "--method", "POST", "--header", "X-Who: ab*");
        using var client = web.Connect();
        client.Send("POST /1 HTTP/1.1\r\nX-Who: b\r\nContent-Length: 0\r\n\r\n");
        Assert.EndsWith("hello", client.Answer(), StringComparison.Ordinal);

        client.Send("POST /2 HTTP/1.1\r\nx-who:abc\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(client.Answer).SocketErrorCode);
        Assert.Single(web.Seen);
        await RecoverAsync();
    }

    [Fact]
    public async Task An_answer_gets_another_body_and_keeps_the_rest()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-body", "--body", "{}", "--method", "GET");
        using var client = web.Connect();

        client.Send("GET /big HTTP/1.1\r\n\r\nGET /chunked HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", client.Answer());
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", client.Answer());
        Assert.Equal("HTTP/1.1 200 OK\r\nX-Server: web\r\nContent-Length: 2\r\n\r\n{}", client.Answer());
        await RecoverAsync();
    }

    [Fact]
    public async Task What_is_not_hit_passes_unchanged()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-abort", "--path", "/never");
        using var client = web.Connect();

        client.Send($"POST /echo HTTP/1.1\r\nContent-Length: {WebPlace.Big.Length}\r\n\r\n");
        var sending = Task.Run(() => client.Send(WebPlace.Big), TestContext.Current.CancellationToken);
        Assert.True(Encoding.Latin1.GetBytes(client.Answer()).AsSpan()[^WebPlace.Big.Length..].SequenceEqual(WebPlace.Big), "an upload came back changed");
        await sending;

        foreach (var letter in "POST /slow HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
        {
            client.Send($"{letter}");
        }

        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", client.Answer());
        client.Send("3;a=b\r\nabc\r\n0\r\n\r\n");
        Assert.EndsWith("abc", client.Answer(), StringComparison.Ordinal);
        client.Send("GET /upgrade HTTP/1.1\r\nUpgrade: echo\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 101", client.Answer(), StringComparison.Ordinal);
        client.Send("GET /never HTTP/1.1\r\n\r\n");
        client.EndSending();
        Assert.Equal("GET /never HTTP/1.1\r\n\r\n", Encoding.ASCII.GetString(client.Take(23)));
        await Wait.UntilAsync(() => client.HasEnded, "the end of one side reaches the other");
        await RecoverAsync();
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\nGET /never HTTP/1.1\r\n\r\n")]
    [InlineData("PING\r\nGET /never HTTP/1.1\r\n\r\n")]
    public async Task What_is_not_clearly_http_is_never_touched(string said)
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-status", "--path", "/never");
        using var client = web.Connect();

        client.Send(said);
        Assert.Equal(said, Encoding.Latin1.GetString(client.Take(said.Length)));
        Assert.StartsWith(said[..4], Assert.Single(web.Seen), StringComparison.Ordinal);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_request_that_is_held_goes_on_at_recovery_and_its_connection_ends_well()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-delay", "--delay", "50s", "--path", "/held", "--drain", "5s");
        using var held = web.Connect();
        held.Send("GET /held HTTP/1.1\r\n\r\n");
        using var idle = web.Connect();
        idle.Send("GET / HTTP/1.1\r\n\r\n");
        _ = idle.Answer();

        await RecoverAsync();
        Assert.EndsWith("hello", held.Answer(), StringComparison.Ordinal);
        Assert.True(held.HasEnded && idle.HasEnded);
        Assert.EndsWith("hello", web.Ask("/held"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_were_there_before_stay_the_servers_and_a_share_is_a_share()
    {
        var (place, web) = await StartAsync();
        using var before = web.Connect();
        before.Send("GET / HTTP/1.1\r\n\r\n");
        _ = before.Answer();
        await InjectAsync(place, "http-status", "--percent", "50");

        before.Send("GET / HTTP/1.1\r\n\r\n");
        Assert.EndsWith("hello", before.Answer(), StringComparison.Ordinal);
        using var after = web.Connect();

        // Five standard deviations of 400 lots.
        Assert.InRange(Enumerable.Range(0, 400).Count(_ =>
        {
            after.Send("GET / HTTP/1.1\r\n\r\n");
            return after.Answer().StartsWith("HTTP/1.1 503", StringComparison.Ordinal);
        }), 150, 250);
        await RecoverAsync();
        before.Send("GET / HTTP/1.1\r\n\r\n");
        Assert.EndsWith("hello", before.Answer(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_fault_on_the_port_is_refused_with_the_name_of_the_first()
    {
        var (place, _) = await StartAsync();
        await InjectAsync(place, "http-status");

        var answer = await _playground.RunAsync("inject", "http-abort", "--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", "--uid", "http-2");
        Assert.Equal((7, "CRT5528"), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Contains($"held by injection {Uid}", answer.Error, StringComparison.Ordinal);
        await RecoverAsync();
    }

    [Theory]
    [InlineData(5, "CRT5631", "http-abort", "--port", "9")]
    [InlineData(1, "CRT5507", "http-abort", "--port", "0")]
    [InlineData(1, "CRT5507", "http-abort", "--port", "8080", "--drain", "9s")]
    [InlineData(1, "CRT5632", "http-abort", "--port", "8080", "--path", "no path")]
    [InlineData(1, "CRT5632", "http-abort", "--port", "8080", "--method", "GET POST")]
    [InlineData(1, "CRT5632", "http-abort", "--port", "8080", "--header", "two words: x")]
    [InlineData(1, "CRT5632", "http-status", "--port", "8080", "--content-type", "a\r\nSet-Cookie: b")]
    [InlineData(1, "CRT5633", "http-delay", "--port", "8080", "--delay", "0")]
    [InlineData(1, "CRT5633", "http-delay", "--port", "8080", "--delay", "1s", "--jitter", "2s")]
    public async Task What_makes_no_sense_is_refused_and_leaves_no_trace(int code, string error, params string[] arguments)
    {
        var (place, _) = await StartAsync();

        var answer = await _playground.RunAsync(["inject", arguments[0], "--pid", $"{place.Pid}", "--uid", Uid, .. arguments[1..]]);
        Assert.Equal((code, error), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Empty(_playground.State.All());
    }

    private async Task<(ProcessIdentity Place, WebPlace Web)> StartAsync()
    {
        var place = await _playground.StartNetworkAsync();
        var web = new WebPlace(place);
        _playground.Keep(web);
        return (place, web);
    }

    private Task<Answer> InjectAsync(ProcessIdentity place, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", "--uid", Uid, "-t", "60s", .. arguments]);

    private Task<Answer> RecoverAsync() => _playground.DoneAsync("recover", Uid);

    private static TimeSpan Time(WebPlace web, string path, IPAddress to)
    {
        var began = Stopwatch.GetTimestamp();
        Assert.EndsWith("hello", web.Ask(path, to), StringComparison.Ordinal);
        return Stopwatch.GetElapsedTime(began);
    }
}
