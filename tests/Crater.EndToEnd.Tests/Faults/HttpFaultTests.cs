using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Crater.Diagnostics;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

public sealed class HttpFaultTests(FaultLab lab) : IClassFixture<FaultLab>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_status_hits_its_path_and_method_alone_and_the_pod_does_not_see_it()
    {
        var held = await lab.InjectAsync("http-status", "web", ("path", "/carts/*"), ("method", "GET"), ("status", "429"));
        Assert.Equal(429, await StatusAsync(HttpMethod.Get, "/carts/7?hit=1"));
        Assert.Equal(200, await StatusAsync(HttpMethod.Post, "/carts/7"));
        Assert.Equal(200, await StatusAsync(HttpMethod.Get, "/orders/7"));
        await lab.RecoverAsync(held);
        Assert.Equal(200, await StatusAsync(HttpMethod.Get, "/carts/7?after=1"));
        var seen = await lab.Http.GetStringAsync(lab.Url("web", "/seen"), Stop);
        Assert.DoesNotContain("hit=1", seen, StringComparison.Ordinal);
        Assert.Contains("after=1", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http-status", 0.4)]
    [InlineData("http-abort", 0.25)]
    public async Task A_share_of_the_requests_is_hit(string fault, double share)
    {
        const int Requests = 300;
        var held = await lab.InjectAsync(fault, "web", ("share", share.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var hit = 0;
        for (var i = 0; i < Requests; i++)
        {
            hit += await StatusAsync(HttpMethod.Get, "/share") is 503 or 0 ? 1 : 0;
        }

        await lab.RecoverAsync(held);

        // Four standard deviations of the binomial share.
        var bound = 4 * Math.Sqrt(share * (1 - share) / Requests);
        TestContext.Current.SendDiagnosticMessage($"{fault}: asked {share}, got {hit / (double)Requests:0.000}");
        Assert.InRange(hit / (double)Requests, share - bound, share + bound);
    }

    [Fact]
    public async Task A_delay_holds_its_route_back_and_no_other()
    {
        var held = await lab.InjectAsync("http-delay", "web", ("path", "/slow*"), ("delay", "700ms"));
        await lab.TakesAsync(700, 1600, "near", "web", "/slow/1");
        await lab.TakesAsync(0, 650, "near", "web", "/fast");
        await lab.RecoverAsync(held);
        await lab.TakesAsync(0, 650, "near", "web", "/slow/1");
    }

    [Fact]
    public async Task A_request_that_waits_for_its_delay_goes_on_at_once_when_the_fault_recovers()
    {
        var held = await lab.InjectAsync("http-delay", "web", ("delay", "60s"));
        var asking = lab.CallAsync("near", "web");
        await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, Stop);
        Assert.False(asking.IsCompleted);
        await lab.RecoverAsync(held);
        Assert.Equal("200", (await asking).Outcome);
    }

    [Fact]
    public async Task An_abort_cuts_its_route_off_and_no_other()
    {
        var held = await lab.InjectAsync("http-abort", "web", ("path", "/cut"), ("method", "GET"));
        Assert.Equal("ConnectionResetError", (await lab.CallAsync("near", "web", "/cut")).Outcome);
        Assert.Equal("200", (await lab.CallAsync("near", "web", "/uncut")).Outcome);
        await lab.RecoverAsync(held);
        Assert.Equal("200", (await lab.CallAsync("near", "web", "/cut")).Outcome);
    }

    [Fact]
    public async Task A_kept_connection_survives_answers_of_the_fault_with_and_without_bodies()
    {
        var held = await lab.InjectAsync("http-status", "web", ("path", "/no*"), ("status", "500"));
        using var talk = await TalkAsync();
        var big = new string('b', 200_000);
        Assert.StartsWith("HTTP/1.1 200", await talk.AskAsync("GET /yes HTTP/1.1\r\nHost: web\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 500", await talk.AskAsync("GET /no HTTP/1.1\r\nHost: web\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 500", await talk.AskAsync($"POST /no HTTP/1.1\r\nHost: web\r\nContent-Length: {big.Length}\r\n\r\n{big}"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 500", await talk.AskAsync("POST /no HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 500", await talk.AskAsync("HEAD /no HTTP/1.1\r\nHost: web\r\n\r\n", isHead: true), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await talk.AskAsync("POST /yes HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), StringComparison.Ordinal);
        await lab.RecoverAsync(held);
        Assert.StartsWith("HTTP/1.1 200", await talk.AskAsync("GET /no HTTP/1.1\r\nHost: web\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_their_order()
    {
        var held = await lab.InjectAsync("http-status", "web", ("path", "/b"), ("status", "599"));
        var delay = await lab.InjectAsync("network-delay", "web", ("delay", "50ms"), ("direction", "out"));
        using var talk = await TalkAsync();
        await talk.SendAsync("GET /a HTTP/1.1\r\nHost: w\r\n\r\nGET /b HTTP/1.1\r\nHost: w\r\n\r\nGET /c HTTP/1.1\r\nHost: w\r\n\r\n");
        List<string> answers = [await talk.AnswerAsync(), await talk.AnswerAsync(), await talk.AnswerAsync()];
        Assert.Equal(["200", "599", "200"], answers.Select(answer => answer.Split(' ')[1]));
        await lab.RecoverAsync(held);
        await lab.RecoverAsync(delay);
    }

    [Fact]
    public async Task An_abort_lets_the_answers_before_it_arrive()
    {
        var held = await lab.InjectAsync("http-abort", "web", ("path", "/b"));
        using var talk = await TalkAsync();
        await talk.SendAsync("GET /a HTTP/1.1\r\nHost: w\r\n\r\nGET /b HTTP/1.1\r\nHost: w\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await talk.AnswerAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => talk.AnswerAsync());
        await lab.RecoverAsync(held);
    }

    [Fact]
    public async Task A_caller_that_waits_for_leave_to_send_its_body_gets_the_answer()
    {
        var held = await lab.InjectAsync("http-status", "web", ("status", "507"));
        using var talk = await TalkAsync();
        var answer = await talk.AskAsync("POST /any HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 507", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        await lab.RecoverAsync(held);
    }

    [Fact]
    public async Task Bodies_pass_unchanged_while_rules_look_at_every_request()
    {
        var held = await lab.InjectAsync("http-delay", "web", ("path", "/never"), ("delay", "1s"));
        var network = await lab.InjectAsync("network-delay", "web", ("delay", "1ms"));
        var body = RandomNumberGenerator.GetBytes(3_000_000);
        using var answer = await lab.Http.PostAsync(lab.Url("web", "/echo"), new ByteArrayContent(body), Stop);
        Assert.Equal($"{body.Length} {Convert.ToHexStringLower(SHA256.HashData(body))}", await answer.Content.ReadAsStringAsync(Stop));
        using var streamed = new HttpRequestMessage(HttpMethod.Post, lab.Url("web", "/echo")) { Content = new StreamContent(new MemoryStream(body)) };
        streamed.Headers.TransferEncodingChunked = true;
        using var chunked = await lab.Http.SendAsync(streamed, Stop);
        Assert.Equal($"{body.Length} {Convert.ToHexStringLower(SHA256.HashData(body))}", await chunked.Content.ReadAsStringAsync(Stop));
        Assert.Equal(1_234_567, (await lab.Http.GetByteArrayAsync(lab.Url("web", "/chunked?n=1234567"), Stop)).Length);
        await lab.RecoverAsync(held);
        await lab.RecoverAsync(network);
    }

    [Fact]
    public async Task An_upgraded_connection_is_left_alone_and_a_refused_upgrade_is_not()
    {
        var held = await lab.InjectAsync("http-status", "web", ("path", "/no"), ("status", "503"));
        using var talk = await TalkAsync();
        Assert.StartsWith("HTTP/1.1 101", await talk.AskAsync("GET /upgrade HTTP/1.1\r\nHost: w\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", isHead: true), StringComparison.Ordinal);
        await talk.SendAsync("GET /no HTTP/1.1\r\n");
        Assert.Equal("GET /no HTTP/1.1\r\n", await talk.LineAsync());

        using var refused = await TalkAsync();
        Assert.StartsWith("HTTP/1.1 200", await refused.AskAsync("GET /yes HTTP/1.1\r\nHost: w\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 503", await refused.AskAsync("GET /no HTTP/1.1\r\nHost: w\r\n\r\n"), StringComparison.Ordinal);
        await lab.RecoverAsync(held);
    }

    private async Task<int> StatusAsync(HttpMethod method, string path)
    {
        try
        {
            using var answer = await lab.Http.SendAsync(new HttpRequestMessage(method, lab.Url("web", path)), Stop);
            return (int)answer.StatusCode;
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return 0;
        }
    }

    private Task<HttpTalk> TalkAsync() => HttpTalk.OpenAsync(lab.Address("web"));
}
