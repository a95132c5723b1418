using Crater.Diagnostics;
using Crater.Measurements;
using Crater.Tests.Load;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Measurements;

public sealed class PrometheusSourceTests
{
    internal static async Task<Reading?> AskAsync(Uri server, MetricQuery query)
    {
        using var http = new HttpClient();
        return await new PrometheusSource(new PrometheusServer(http, server), new PrometheusExpressions { RangeMin = TimeSpan.FromSeconds(2) }).ReadAsync(query, TestContext.Current.CancellationToken);
    }

    private static MetricQuery PromQl(string expression) => new(expression, "", TimeSpan.FromSeconds(5), IsPromQl: true);

    private static async Task<Reading?> AnsweredAsync(string answer, int status = 200)
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(answer);
        });
        return await AskAsync(server.Url, PromQl("x"));
    }

    [Fact]
    public async Task The_time_of_a_reading_is_the_one_that_the_server_gives()
    {
        var reading = await AnsweredAsync("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1767355200.5,"0.25"]}]}}""");
        Assert.Equal(0.25, reading!.Value);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1767355200500), reading.At);
    }

    [Theory]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]}]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}""")]
    public async Task Empty_and_not_a_number_are_no_value(string answer) => Assert.Null(await AnsweredAsync(answer));

    [Theory]
    [InlineData("""{"status":"error","errorType":"bad_data","error":"parse error"}""", 400, "CRT7202")]
    [InlineData("""<html>hello</html>""", 200, "CRT7201")]
    [InlineData("""{"status":"success","data":{"resultType":"matrix","result":[]}}""", 200, "CRT7203")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"2"]}]}}""", 200, "CRT7203")]
    public async Task What_cannot_be_one_value_is_a_coded_error(string answer, int status, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<CraterException>(() => AnsweredAsync(answer, status))).Code);

    [Fact]
    public async Task A_server_that_does_not_listen_is_a_coded_error_without_the_password_of_its_address()
    {
        var refused = await Assert.ThrowsAsync<CraterException>(() => AskAsync(new Uri("http://ann:hunter2@127.0.0.1:1/"), PromQl("up")));
        Assert.Equal("CRT7201", refused.Code);
        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_component_and_the_window_stand_in_the_expression()
    {
        var text = new PrometheusExpressions().For(new MetricQuery(KnownMetrics.Throughput, "deployment/shop/carts", TimeSpan.FromSeconds(60)));
        Assert.Equal("sum(rate(http_requests_total{namespace=\"shop\",pod=~\"carts-.+\",code!~\"5..\"}[60s]))", text);
    }

    [Fact]
    public async Task A_real_server_answers_for_the_known_metrics()
    {
        RealPrometheus.SkipUnlessThere();
        var requests = 0;
        await using var app = await ScriptedServer.StartAsync(context =>
        {
            var count = Interlocked.Increment(ref requests) * 10;
            return context.Response.WriteAsync($"""
                # TYPE http_requests_total counter
                http_requests_total{'{'}code="200"{'}'} {count * 3}
                http_requests_total{'{'}code="503"{'}'} {count}
                # TYPE http_request_duration_seconds histogram
                http_request_duration_seconds_bucket{'{'}le="0.1"{'}'} {count * 2}
                http_request_duration_seconds_bucket{'{'}le="1"{'}'} {count * 4}
                http_request_duration_seconds_bucket{'{'}le="+Inf"{'}'} {count * 4}

                """.Replace("\r", ""));
        });
        using var server = new RealPrometheus(app.Url);
        var rate = await server.WaitForAsync(new MetricQuery(KnownMetrics.ErrorRate, "", TimeSpan.FromSeconds(3)));
        Assert.Equal(0.25, rate.Value, tolerance: 0.001);
        Assert.InRange((await server.WaitForAsync(new MetricQuery(KnownMetrics.LatencyP95, "", TimeSpan.FromSeconds(3)))).Value, 0.8, 1);
        Assert.Null(await AskAsync(server.Url, PromQl("no_such_metric")));
        Assert.Equal("CRT7202", (await Assert.ThrowsAsync<CraterException>(() => AskAsync(server.Url, PromQl("sum(")))).Code);
    }
}
