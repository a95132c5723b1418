using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.Tests.Runs.Activities;

public sealed class HttpCallTests : IAsyncLifetime
{
    private WebApplication _server = null!;

    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Map("/echo", async (HttpContext http) =>
        {
            using var reader = new StreamReader(http.Request.Body);
            http.Response.Headers["X-Seen"] = http.Request.Headers["X-Token"].ToString();
            await http.Response.WriteAsync($"{http.Request.Method} {http.Request.QueryString} {http.Request.ContentType} {await reader.ReadToEndAsync(http.RequestAborted)}");
        });
        _server.MapGet("/json", (HttpContext http) => Write(http, "application/json", "{\"n\": 1}"));
        _server.MapGet("/json-charset", (HttpContext http) => Write(http, "application/json; charset=utf-8", "{\"n\": 1}"));
        _server.MapGet("/broken", (HttpContext http) => { http.Response.StatusCode = 500; return Write(http, "text/plain", "sorry"); });
        _server.MapGet("/moved", (HttpContext http) => http.Response.Redirect("/json"));
        _server.MapGet("/hang", (HttpContext http) => Task.Delay(TimeSpan.FromMinutes(5), TimeProvider.System, http.RequestAborted));
        _server.MapGet("/endless", async (HttpContext http) =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.WriteAsync(new string('x', 65_536), http.RequestAborted);
            }
        });
        _server.MapGet("/who", (HttpContext http) => Write(http, "text/plain", http.Request.Headers.Authorization.ToString()));
        _server.MapGet("/bytes/{type}/{bytes}", async (HttpContext http, string type, string bytes) =>
        {
            http.Response.Headers.ContentType = Uri.UnescapeDataString(type);
            await http.Response.Body.WriteAsync(bytes.Split('-').Select(byte.Parse).ToArray());
        });
        _server.MapGet("/drip", async (HttpContext http) =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.WriteAsync("x", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, http.RequestAborted);
            }
        });
        await _server.StartAsync(Abort);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_request_gives_status_headers_and_body()
    {
        var result = await PlayAsync(Get("/echo") with { Headers = new Dictionary<string, string> { ["X-Token"] = "${token}" } });
        Assert.Equal((200, "*****"), (result.Value!["status"]!.GetValue<int>(), result.Value["headers"]!["X-Seen"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("/json", "{\"n\":1}")]
    [InlineData("/moved", "{\"n\":1}")]
    [InlineData("/json-charset", "\"{\\u0022n\\u0022: 1}\"")]
    public async Task Only_the_exact_content_type_makes_json_of_a_body(string path, string expected) =>
        Assert.Equal(expected, (await PlayAsync(Get(path))).Value!["body"]!.ToJsonString());

    [Fact]
    public async Task An_error_status_is_an_answer_and_no_failure()
    {
        var result = await PlayAsync(Get("/broken"));
        Assert.Equal((true, 500, "sorry"), (result.Succeeded, result.Value!["status"]!.GetValue<int>(), result.Value["body"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Arguments_are_the_query_of_a_get_and_the_body_of_everything_else()
    {
        var body = JsonNode.Parse("""{"a": "x y", "b": [1, 2]}""");
        Assert.Equal("GET ?a=x%20y&b=1&b=2  ", await BodyAsync(Get("/echo") with { Body = body }));
        Assert.Equal("POST  application/x-www-form-urlencoded a=x+y&b=1&b=2", await BodyAsync(Get("/echo") with { Method = "POST", Body = body }));
        var json = new Dictionary<string, string> { ["Content-Type"] = "application/json" };
        Assert.Equal("PUT  application/json {\"a\":\"x y\",\"b\":[1,2]}", await BodyAsync(Get("/echo") with { Method = "PUT", Body = body, Headers = json }));
    }

    [Fact]
    public async Task A_text_of_arguments_is_the_query_or_the_body_as_it_is()
    {
        Assert.Equal("GET ?a=1&b=%2F  ", await BodyAsync(Get("/echo") with { Body = "a=1&b=%2F" }));
        Assert.Equal("POST   plain é", await BodyAsync(Get("/echo") with { Method = "POST", Body = "plain é" }));
    }

    [Fact]
    public async Task A_header_of_content_is_sent_also_without_one() =>
        Assert.Equal("GET  text/special ", await BodyAsync(Get("/echo") with { Headers = new Dictionary<string, string> { ["Content-Type"] = "text/special" } }));

    [Fact]
    public async Task A_name_and_password_in_the_url_are_sent() =>
        Assert.Equal("Basic bWU6c2VjcmV0", await BodyAsync(Get("/who") with { Url = _server.Urls.First().Replace("://", "://me:secret@", StringComparison.Ordinal) + "/who" }));

    [Fact]
    public async Task A_text_is_read_in_what_the_server_says_or_in_what_it_must_be()
    {
        Assert.Equal("é", await BodyAsync(Get("/bytes/text%2Fplain;charset=iso-8859-1/233")));
        Assert.Equal("é", await BodyAsync(Get("/bytes/text%2Fplain/233")));
        Assert.Equal("é", await BodyAsync(Get("/bytes/text%2Fhtml/195-169")));
    }

    [Fact]
    public async Task A_server_that_drips_fails_the_activity_after_its_timeout() =>
        Assert.StartsWith("CRT2304", (await PlayAsync(Get("/drip") with { Timeout = TimeSpan.FromMilliseconds(500) })).Output, StringComparison.Ordinal);

    [Fact]
    public async Task A_url_that_is_none_could_not_even_be_tried()
    {
        var result = await PlayAsync(new HttpProvider("${nobody_knows}/x", "GET", TimeSpan.FromSeconds(1)));
        Assert.Equal(("CRT2313", true), (result.Code, result.IsUnexpected));
    }

    [Fact]
    public async Task A_server_that_hangs_fails_the_activity_after_its_timeout() =>
        Assert.StartsWith("CRT2304", (await PlayAsync(Get("/hang") with { Timeout = TimeSpan.FromMilliseconds(200) })).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("GET", 0, 1)]
    [InlineData("GET", 2, 3)]
    [InlineData("POST", 0, 1)]
    [InlineData("POST", 2, 1)]
    public async Task A_request_that_nobody_answered_is_sent_again_when_that_is_asked_for_and_does_nothing_twice(string method, int retries, int times)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var requests = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Abort);
        var serving = ServeAsync();
        var url = $"http://{server.LocalEndpoint}/";

        Assert.StartsWith("CRT2303", (await PlayAsync(new HttpProvider(url, method, TimeSpan.FromMinutes(1)) { MaxRetries = retries })).Output, StringComparison.Ordinal);
        Assert.Equal(times, requests);

        await stop.CancelAsync();
        await serving;

        async Task ServeAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var peer = await server.AcceptSocketAsync(stop.Token);
                    requests += await peer.ReceiveAsync(new byte[4096], stop.Token) > 0 ? 1 : 0;
                    peer.Shutdown(SocketShutdown.Both);
                }
                catch (Exception error) when (error is SocketException or OperationCanceledException)
                {
                    // A connection that was opened in vain, or the end of the test.
                }
            }
        }
    }

    [Fact]
    public async Task Time_that_connecting_did_not_need_is_not_given_to_the_answer()
    {
        var provider = Get("/hang") with { ConnectTimeout = TimeSpan.FromMinutes(2), Timeout = TimeSpan.FromMinutes(2) + TimeSpan.FromMilliseconds(200) };

        // Were the whole of it waited for, the test would be ended before.
        Assert.StartsWith("CRT2304", (await PlayAsync(provider).WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Abort)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_and_says_so() =>
        Assert.EndsWith("[cut after 1048576 bytes]", (await PlayAsync(Get("/endless"))).Value!["body"]!.GetValue<string>(), StringComparison.Ordinal);

    [Fact]
    public async Task A_port_where_nobody_listens_fails_the_activity_also_after_retries()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var result = await PlayAsync(new HttpProvider($"http://127.0.0.1:{port}/", "GET", TimeSpan.FromSeconds(5)) { MaxRetries = 2 });
        Assert.StartsWith("CRT2303", result.Output, StringComparison.Ordinal);
        Assert.Null(result.Value);
    }

    private HttpProvider Get(string path) => new(_server.Urls.First() + path, "GET", TimeSpan.FromSeconds(30));

    private async Task<string> BodyAsync(HttpProvider provider) => (await PlayAsync(provider)).Value!["body"]!.GetValue<string>();

    private static Task<ActivityResult> PlayAsync(HttpProvider provider) => new ActivityPlayer([], TimeProvider.System).PlayAsync(
        new Activity { Name = "a", IsProbe = true, Provider = provider },
        new ActivityContext { Secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["token"] = "s3cr3t-token" } }) }, Abort);

    private static Task Write(HttpContext http, string type, string text)
    {
        http.Response.Headers.ContentType = type;
        return http.Response.WriteAsync(text);
    }
}
