using System.Text.Json.Nodes;
using Crater.Measurements;
using Crater.Runs.Activities.Functions;
using Crater.Tests.Load;
using Crater.Tests.Measurements;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Crater.Tests.Runs.Activities.Functions.Calling;

namespace Crater.Tests.Runs.Activities.Functions;

public sealed class PrometheusFunctionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("now", "2026-03-31T12:00:00Z")]
    [InlineData("5 minutes ago", "2026-03-31T11:55:00Z")]
    [InlineData("a minute ago", "2026-03-31T11:59:00Z")]
    [InlineData("1 hour and 30 minutes ago", "2026-03-31T10:30:00Z")]
    [InlineData("1h 30m ago", "2026-03-31T10:30:00Z")]
    [InlineData("90s", "2026-03-31T11:58:30Z")]
    [InlineData("1d", "2026-03-30T12:00:00Z")]
    [InlineData("2 weeks ago", "2026-03-17T12:00:00Z")]
    [InlineData("1 month ago", "2026-02-28T12:00:00Z")]
    [InlineData("in 10 min", "2026-03-31T12:10:00Z")]
    [InlineData("yesterday", "2026-03-30T12:00:00Z")]
    [InlineData("2026-03-31T14:00:00+02:00", "2026-03-31T12:00:00Z")]
    [InlineData("2026-03-31 11:00", "2026-03-31T11:00:00Z")]
    [InlineData("1774958400", "2026-03-31T12:00:00Z")]
    public void A_moment_is_read_as_people_write_it(string text, string moment) => Assert.Equal(DateTimeOffset.Parse(moment), PastMoment.Read(text, Now));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("in 5 minutes ago")]
    [InlineData("5 apples ago")]
    [InlineData("99999999999 years ago")]
    public void What_is_no_moment_is_said_to_be_none(string text) => Assert.Null(PastMoment.Read(text, Now));

    [Fact]
    public async Task A_query_that_fails_fails_the_activity_with_what_the_server_said()
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = 400;
            return context.Response.WriteAsync("""{"status":"error","errorType":"bad_data","error":"parse error: unclosed left parenthesis"}""");
        });
        var failure = await FailureAsync("chaosprometheus.probes.query", """{"query": "sum("}""", At(server.Url));
        Assert.Equal("CRT2365 Prometheus query query=sum%28 failed: 400 parse error: unclosed left parenthesis", failure);
        Assert.StartsWith("CRT2365 Prometheus at http://127.0.0.1:1/api/v1/query could not be asked", await FailureAsync("chaosprometheus.probes.query", """{"query": "up"}""", """{"prometheus_base_url": "http://127.0.0.1:1"}"""), StringComparison.Ordinal);
        Assert.StartsWith("CRT2366 failed to parse 'soon'", await FailureAsync("chaosprometheus.probes.query", """{"query": "up", "when": "soon"}""", At(server.Url)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_query_asks_for_reaches_the_server()
    {
        string asked = "";
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            asked = Uri.UnescapeDataString($"{context.Request.Path}{context.Request.QueryString}");
            return context.Response.WriteAsync("""{"status":"success"}""");
        });
        await ValueAsync("chaosprometheus.probes.query", """{"query": "up{a=\"b\"}", "when": "2026-03-31T12:00:00Z", "timeout": 2.5}""", At(server.Url));
        Assert.Equal("""/api/v1/query?query=up{a="b"}&timeout=2.5&time=2026-03-31T12:00:00.000Z""", asked);
        await ValueAsync("chaosprometheus.probes.query_interval", """{"query": "up", "start": "2026-03-31T12:00:00Z", "end": "2026-03-31T12:01:00Z", "step": 15}""", At(server.Url));
        Assert.Equal("/api/v1/query_range?query=up&start=2026-03-31T12:00:00.000Z&end=2026-03-31T12:01:00.000Z&step=15", asked);
    }

    [Theory]
    [InlineData("arithmetic", "7")]
    [InlineData("geometric", "4")]
    [InlineData("harmonic", "2.2857142857142856")]
    public async Task Each_mean_is_the_mean_that_it_says(string kind, string mean)
    {
        await using var server = await PointsAsync("""[1,"1"],[2,"4"],[3,"16"]""");
        Assert.Equal(double.Parse(mean), double.Parse(await ValueAsync("chaosprometheus.probes.compute_mean", Json(("query", "x"), ("mean_type", kind)), At(server.Url))), tolerance: 1e-9);
    }

    [Theory]
    [InlineData("", "arithmetic", "CRT2367 Prometheus has no point for 'x' since ")]
    [InlineData("""[1,"-1"]""", "geometric", "CRT2367 statistics.StatisticsError: geometric mean")]
    [InlineData("""[1,"-1"]""", "harmonic", "CRT2367 statistics.StatisticsError: harmonic mean")]
    [InlineData("""[1,"1"]""", "golden", "CRT2360 ValueError: 'golden' is no mean_type")]
    public async Task What_has_no_mean_fails(string points, string kind, string failure)
    {
        await using var server = await PointsAsync(points);
        Assert.StartsWith(failure, await FailureAsync("chaosprometheus.probes.compute_mean", Json(("query", "x"), ("mean_type", kind)), At(server.Url)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_real_server_answers()
    {
        RealPrometheus.SkipUnlessThere();
        await using var app = await ScriptedServer.StartAsync(context => context.Response.WriteAsync("crater_gauge{color=\"red\"} 42\n"));
        using var server = new RealPrometheus(app.Url);
        await server.WaitForAsync(new MetricQuery("crater_gauge", "", TimeSpan.FromSeconds(5), IsPromQl: true));
        var answer = JsonNode.Parse(await ValueAsync("chaosprometheus.probes.query", """{"query": "crater_gauge"}""", At(server.Url)))!;
        Assert.Equal(("success", "42", "red"), ((string?)answer["status"], (string?)answer["data"]!["result"]![0]!["value"]![1], (string?)answer["data"]!["result"]![0]!["metric"]!["color"]));
        var range = JsonNode.Parse(await ValueAsync("chaosprometheus.probes.query_interval", """{"query": "crater_gauge", "start": "1 minute ago", "end": "now"}""", At(server.Url)))!;
        Assert.Equal("matrix", (string?)range["data"]!["resultType"]);
        Assert.Equal("42", await ValueAsync("chaosprometheus.probes.compute_mean", """{"query": "crater_gauge", "window": "1 minute ago"}""", At(server.Url)));
        Assert.StartsWith("CRT2367", await FailureAsync("chaosprometheus.probes.nodes_cpu_usage_mean", "{}", At(server.Url)), StringComparison.Ordinal);
        Assert.StartsWith("CRT2365", await FailureAsync("chaosprometheus.probes.query", """{"query": "sum("}""", At(server.Url)), StringComparison.Ordinal);
    }

    private static string At(Uri server) => Json(("prometheus_base_url", $"http://{server.Authority}"));

    private static Task<ScriptedServer> PointsAsync(string points) => ScriptedServer.StartAsync(context => context.Response.WriteAsync(
        $$$"""{"status":"success","data":{"resultType":"matrix","result":[{{{(points.Length == 0 ? "" : $$"""{"metric":{},"values":[{{points}}]}""")}}}]}}"""));
}
