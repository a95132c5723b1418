using System.Net;
using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Log;
using Crater.Cli.Chaos.Notifications;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

public sealed class NotifierTests
{
    [Fact]
    public async Task A_channel_gets_the_notice_as_json_with_its_headers()
    {
        await using var server = await Listener.StartAsync();
        await TellAsync($$"""[{"type": "http", "url": "{{server.Url}}", "headers": {"Authorization": "Bearer token"} }]""", RunStarted);

        var (method, body, authorization) = Assert.Single(server.Heard);
        var notice = JsonNode.Parse(body)!.AsObject();
        Assert.Equal("POST", method);
        Assert.Equal("Bearer token", authorization);
        Assert.Equal(["name", "payload", "phase", "ts"], notice.Select(pair => pair.Key));
        Assert.Equal("run-started", (string?)notice["name"]);
        Assert.Equal("run", (string?)notice["phase"]);
        Assert.Equal("T", (string?)notice["payload"]!["title"]);
    }

    [Fact]
    public async Task A_channel_that_does_not_want_the_payload_is_called_by_get_without_a_body()
    {
        await using var server = await Listener.StartAsync();
        await TellAsync($$"""[{"type": "http", "url": "{{server.Url}}", "forward_event_payload": false}]""", RunStarted);

        Assert.Equal(("GET", "", ""), Assert.Single(server.Heard));
    }

    [Fact]
    public async Task A_channel_hears_only_of_the_events_it_names()
    {
        await using var server = await Listener.StartAsync();
        await TellAsync($$"""[{"type": "http", "url": "{{server.Url}}", "events": ["run-failed"]}]""", RunStarted, new Notice("run-failed", "run", null));

        Assert.Contains("run-failed", Assert.Single(server.Heard).Body);
    }

    [Fact]
    public async Task A_channel_that_fails_is_a_line_for_debugging_and_the_next_one_is_called_all_the_same()
    {
        await using var server = await Listener.StartAsync();
        var heard = await TellAsync($$"""[{"type": "http", "url": "{{server.Url}}/500"}, {"type": "http"}, {"type": "plugin", "module": "broken"}, {"type": "http", "url": "{{server.Url}}"}]""", RunStarted);

        Assert.Equal(2, server.Heard.Count);
        Assert.All(heard, entry => Assert.Equal(ChaosLevel.Debug, entry.Level));
        Assert.Equal(3, heard.Count);
    }

    [Fact]
    public async Task A_plugin_is_called_with_its_channel_and_the_notice()
    {
        List<string> called = [];
        await using (var notifier = Notifier("""[{"type": "plugin", "module": "mine", "extra": 1}]""", [], (channel, notice) => called.Add($"{channel.ToJsonString()} {notice["name"]}")))
        {
            notifier.Tell(RunStarted);
        }

        Assert.Equal(["""{"type":"plugin","module":"mine","extra":1} run-started"""], called);
    }

    [Fact]
    public void An_error_stands_in_the_notice_as_their_encoder_writes_it() => Assert.Equal(
        "An exception was raised: InvalidExperiment('no title')",
        (string?)new Notice("validate-failed", "validate", null) { Error = ("InvalidExperiment", "no title") }.Json(DateTimeOffset.UnixEpoch)["error"]);

    private static Notice RunStarted => new("run-started", "run", new JsonObject { ["title"] = "T" });

    private static async Task<List<LogEntry>> TellAsync(string channels, params Notice[] notices)
    {
        List<LogEntry> heard = [];
        await using (var notifier = Notifier(channels, heard, (_, _) => throw new InvalidOperationException("no such module")))
        {
            foreach (var notice in notices)
            {
                notifier.Tell(notice);
            }
        }

        return heard;
    }

    private static Notifier Notifier(string channels, List<LogEntry> heard, Action<JsonObject, JsonObject> plugin) => new(
        JsonNode.Parse(channels)!.AsArray(),
        (channel, notice, _) =>
        {
            plugin(channel, notice);
            return Task.CompletedTask;
        },
        new ChaosLog(TimeProvider.System, [new Ear(heard)]), TimeProvider.System);

    private sealed class Ear(List<LogEntry> heard) : ILogEnd
    {
        public void Write(LogEntry entry) => heard.Add(entry);

        public void Dispose() { }
    }

    private sealed class Listener(WebApplication app) : IAsyncDisposable
    {
        public List<(string Method, string Body, string Authorization)> Heard { get; } = [];

        public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public static async Task<Listener> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var listener = new Listener(app);
            app.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                listener.Heard.Add((context.Request.Method, await reader.ReadToEndAsync(), context.Request.Headers.Authorization.ToString()));
                context.Response.StatusCode = context.Request.Path == "/500" ? (int)HttpStatusCode.InternalServerError : 200;
            });
            await app.StartAsync();
            return listener;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
