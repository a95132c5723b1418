using System.Diagnostics;
using System.Net;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The faults of HTTP requests in HTTP/2 without TLS: a client of .NET and Kestrel, many requests at one time on one connection.</summary>
public sealed class Http2FaultTests : IDisposable
{
    private const string Uid = "http2";

    private readonly Playground _playground = new();
    private int _round;

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task Requests_are_held_and_those_that_were_sent_later_go_on()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-delay", "--delay", "50s", "--path", "/slow*", "--drain", "8s");
        using var client = web.Client();
        Assert.Equal("hello", await client.GetStringAsync("/first", Cancel));

        var slow = Enumerable.Range(0, 10).Select(number => AskAsync(client, HttpMethod.Get, $"/slow/{number}")).ToList();
        var upload = AskAsync(client, HttpMethod.Post, "/slow/echo", new byte[30_000]);
        var fast = Enumerable.Range(0, 50).Select(number => AskAsync(client, HttpMethod.Get, $"/fast/{number}")).ToList();
        Assert.All(await Task.WhenAll(fast), answer => Assert.Equal((HttpStatusCode.OK, "hello"), answer));
        Assert.DoesNotContain(slow, task => task.IsCompleted);
        Assert.DoesNotContain(web.Seen, path => path.StartsWith("/slow", StringComparison.Ordinal));
        Assert.Equal(1, web.Connections);

        await RecoverAsync();
        Assert.All(await Task.WhenAll([.. slow, upload]), answer => Assert.Equal((HttpStatusCode.OK, "hello"), answer));
    }

    [Fact]
    public async Task A_request_is_answered_as_much_later_as_was_asked()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-delay", "--delay", "300ms", "--method", "GET", "--header", "X-Who: ab*");
        using var client = web.Client();
        client.DefaultRequestHeaders.Add("X-Who", "abc");

        for (var round = 0; round < 3; round++)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.Equal("hello", await client.GetStringAsync($"/{round}", Cancel));
            Assert.InRange(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 299.9, 5_000);
        }

        await RecoverAsync();
    }

    [Fact]
    public async Task A_share_is_answered_in_the_servers_place_and_nobody_else_on_the_connection_notices()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-status", "--status", "429", "--body", "no", "--path", "/hit/*", "--percent", "50");
        using var client = web.Client();
        var big = client.GetByteArrayAsync("/big", Cancel);
        var echo = EchoAsync(client);

        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(number => number % 4 == 0
            ? AskAsync(client, HttpMethod.Post, $"/hit/{number}", new byte[20_000]) : AskAsync(client, HttpMethod.Get, $"/hit/{number}")));
        Assert.All(answers, answer => Assert.Contains(answer, new[] { (HttpStatusCode.OK, "hello"), (HttpStatusCode.TooManyRequests, "no") }));

        // Five standard deviations of 400 lots.
        var hit = answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests);
        Assert.InRange(hit, 150, 250);
        Assert.Equal(400 - hit, web.Seen.Count(path => path.StartsWith("/hit", StringComparison.Ordinal)));
        Assert.True((await big).SequenceEqual(WebPlace.Big), "a download came changed");
        await echo;
        Assert.Equal(1, web.Connections);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_request_is_cut_off_and_its_neighbours_are_not()
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-abort", "--path", "/hit*");
        using var client = web.Client();
        var big = client.GetByteArrayAsync("/big", Cancel);
        var echo = EchoAsync(client);

        for (var round = 0; round < 20; round++)
        {
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(client, HttpMethod.Post, "/hit", new byte[round * 1_000]));
            Assert.Equal(2, Assert.IsType<HttpProtocolException>(failure.InnerException).ErrorCode);
            Assert.Equal((HttpStatusCode.OK, "hello"), await AskAsync(client, HttpMethod.Get, $"/{round}"));
        }

        Assert.True((await big).SequenceEqual(WebPlace.Big), "a download came changed");
        await echo;
        Assert.Equal(1, web.Connections);
        Assert.DoesNotContain("/hit", web.Seen);
        await RecoverAsync();
    }

    [Fact]
    public async Task An_answer_gets_another_body_and_keeps_the_rest()
    {
        var (place, web) = await StartAsync();
        var body = new string('x', 3_000);
        await InjectAsync(place, "http-body", "--body", body, "--header", "x-hit: yes", "--content-type", "text/x");
        using var client = web.Client();
        var big = client.GetByteArrayAsync("/big", Cancel);

        foreach (var path in new[] { "/big", "/trailers", "/a", "/echo" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Headers = { { "x-hit", "yes" } } };
            using var answer = await client.SendAsync(request, Cancel);
            Assert.Equal((HttpStatusCode.OK, body, "text/x", "web"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel),
                answer.Content.Headers.ContentType?.ToString(), answer.Headers.GetValues("x-server").Single()));
        }

        using var none = new HttpRequestMessage(HttpMethod.Get, "/none") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Headers = { { "x-hit", "yes" } } };
        Assert.Equal(HttpStatusCode.NoContent, (await client.SendAsync(none, Cancel)).StatusCode);
        using var trailers = await client.GetAsync("/trailers", Cancel);
        Assert.Equal(("hello", "well"), (await trailers.Content.ReadAsStringAsync(Cancel), trailers.TrailingHeaders.GetValues("x-end").Single()));
        Assert.True((await big).SequenceEqual(WebPlace.Big), "a download came changed");
        Assert.Equal(1, web.Connections);
        await RecoverAsync();
    }

    [Fact]
    public async Task Recovery_under_load_fails_no_request()
    {
        var (place, web) = await StartAsync();
        using var client = web.Client();
        using var over = new CancellationTokenSource();
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; !over.IsCancellationRequested; count++)
            {
                Assert.Equal("hello", await client.GetStringAsync("/", Cancel));
            }

            return count;
        }, Cancel)).ToList();
        for (var round = 0; round < 3; round++)
        {
            // Only new connections are led to the proxy.
            await InjectAsync(place, "http-delay", "--delay", "20ms", "--drain", "8s", "--percent", "50");
            using var other = web.Client();
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => other.GetStringAsync("/", Cancel)));
            var last = Enumerable.Range(0, 20).Select(_ => other.GetStringAsync("/", Cancel)).ToList();
            await RecoverAsync();
            last.AddRange(Enumerable.Range(0, 20).Select(_ => other.GetStringAsync("/", Cancel)));
            Assert.All(await Task.WhenAll(last), answer => Assert.Equal("hello", answer));
        }

        await over.CancelAsync();
        Assert.All(await Task.WhenAll(load), count => Assert.True(count > 0));
    }

    /// <summary>Goal: connections that are made after the proxy has died or stands still reach the server. Method: as <see cref="HttpKillTests"/>, in HTTP/2, in the middle of requests.</summary>
    [Theory]
    [InlineData(Signals.Kill, 1)]
    [InlineData(Signals.Stop, 10)]
    public async Task When_the_keeper_dies_or_stands_still_new_connections_reach_the_server(int signal, int seconds)
    {
        var (place, web) = await StartAsync();
        await InjectAsync(place, "http-status", "--path", "/hit", "--percent", "50");
        using var client = web.Client();
        var under = Enumerable.Range(0, 50).Select(number => AskAsync(client, HttpMethod.Get, number % 2 == 0 ? "/hit" : "/big")).ToList();

        _playground.Record($"{Uid}-{_round}").Keeper!.Value.Signal(signal);
        var began = Stopwatch.GetTimestamp();
        var (isReached, lastFailed) = (false, TimeSpan.Zero);
        while (!isReached)
        {
            using var next = web.Client();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            var at = Stopwatch.GetElapsedTime(began);
            try
            {
                Assert.Equal("hello", await next.GetStringAsync("/hit", patience.Token));
                isReached = true;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException && at < TimeSpan.FromSeconds(60))
            {
                // Answered by the proxy that still lived, or caught in it as it went.
                lastFailed = at;
            }
        }

        Assert.True(lastFailed < TimeSpan.FromSeconds(seconds), $"a connection failed that was made {lastFailed} after the signal");
        for (var round = 0; round < 20; round++)
        {
            using var next = web.Client();
            Assert.Equal("hello", await next.GetStringAsync("/hit", Cancel));
        }

        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "the guardian has taken care of it");
        Assert.Equal(0, (await _playground.RunAsync("recover", "--all")).Code);

        // Those that were under way may fail, or be sent again by the client; none waits for ever.
        _ = await Record.ExceptionAsync(() => Task.WhenAll(under));
        Assert.DoesNotContain(under, task => task.IsCanceled);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpClient client, HttpMethod method, string path, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = body is null ? null : new ByteArrayContent(body);
        using var answer = await client.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task EchoAsync(HttpClient client)
    {
        using var content = new ByteArrayContent(WebPlace.Big);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.True((await answer.Content.ReadAsByteArrayAsync(Cancel)).SequenceEqual(WebPlace.Big), "an upload came back changed");
    }

    private async Task<(ProcessIdentity Place, Http2Place Web)> StartAsync()
    {
        var place = await _playground.StartNetworkAsync();
        var web = await Http2Place.StartAsync(place);
        _playground.Keep(web);
        return (place, web);
    }

    private Task<Answer> InjectAsync(ProcessIdentity place, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", "--uid", $"{Uid}-{++_round}", "-t", "60s", .. arguments]);

    private Task<Answer> RecoverAsync() => _playground.DoneAsync("recover", $"{Uid}-{_round}");
}
