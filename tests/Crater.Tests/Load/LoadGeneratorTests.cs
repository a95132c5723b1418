using System.Net;
using System.Net.Sockets;
using Crater.Diagnostics;
using Crater.Load;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Load;

/// <summary>The generator against real sockets. Nothing here depends on how fast the machine is, only on what must be counted.</summary>
public sealed class LoadGeneratorTests
{
    private static LoadPlan Plan(Uri url, double rate = 100, double seconds = 1) => new()
    {
        Rate = rate,
        Duration = TimeSpan.FromSeconds(seconds),
        Scenarios = [new Scenario("home", 1, "GET", url)],
    };

    private static async Task<LoadSummary> RunAsync(LoadPlan plan)
    {
        using var generator = new LoadGenerator(plan, TimeProvider.System);
        return await generator.RunAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_arrivals_are_those_of_the_plan_however_slow_the_answers_are()
    {
        await using var server = await ScriptedServer.StartAsync(context => Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, context.RequestAborted));
        var summary = await RunAsync(Plan(server.Url, rate: 50, seconds: 2));
        Assert.Equal(100, summary.Intended);
        Assert.Equal(100, summary.Completed);
        Assert.Equal(0, summary.Errors.Total);
    }

    [Fact]
    public async Task A_stall_of_one_second_shows_in_the_99th_percentile()
    {
        var until = DateTimeOffset.MinValue;
        var gate = new Lock();
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            TimeSpan wait;
            lock (gate)
            {
                var now = TimeProvider.System.GetUtcNow();
                until = until == DateTimeOffset.MinValue ? now + TimeSpan.FromSeconds(1) : until;
                wait = until - now;
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, context.RequestAborted);
            }
        });

        // One connection at a time would send a single request during the stall and hide it; the plan's arrivals do not wait.
        var summary = await RunAsync(Plan(server.Url, rate: 50, seconds: 2));
        Assert.True(summary.Latencies.Percentile(0.99) > TimeSpan.FromMilliseconds(900), $"p99 was {summary.Latencies.Percentile(0.99)}");
        Assert.True(summary.Latencies.Percentile(0.75) > TimeSpan.FromMilliseconds(300), $"p75 was {summary.Latencies.Percentile(0.75)}");
    }

    [Fact]
    public async Task What_cannot_be_sent_is_an_error_and_named()
    {
        await using var server = await ScriptedServer.StartAsync(context => Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System, context.RequestAborted));
        var summary = await RunAsync(Plan(server.Url, rate: 40, seconds: 0.5) with { ConcurrencyMax = 5 });
        Assert.Equal(5, summary.Sent);
        Assert.Equal(15, summary.Errors[ErrorKind.Unsent]);
        Assert.Equal(20, summary.Completed);
    }

    [Fact]
    public async Task A_timeout_counts_as_an_error_and_with_its_latency()
    {
        await using var server = await ScriptedServer.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        var summary = await RunAsync(Plan(server.Url, rate: 20, seconds: 0.5) with { Timeout = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(summary.Completed, summary.Errors[ErrorKind.Timeout]);
        Assert.True(summary.Latencies.Percentile(0.5) >= TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task A_refused_connection_is_told_from_a_reset_one()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var refused = await RunAsync(Plan(new Uri($"http://127.0.0.1:{port}/"), rate: 20, seconds: 0.25));
        Assert.Equal(refused.Completed, refused.Errors[ErrorKind.Refused]);

        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var reset = await RunAsync(Plan(server.Url, rate: 20, seconds: 0.25));
        Assert.Equal(reset.Completed, reset.Errors[ErrorKind.Reset]);
    }

    [Fact]
    public async Task A_5xx_is_an_error_and_a_4xx_is_an_answer()
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/bad" ? 503 : 404;
            return Task.CompletedTask;
        });
        var bad = await RunAsync(Plan(new Uri(server.Url, "/bad"), rate: 20, seconds: 0.25));
        var missing = await RunAsync(Plan(new Uri(server.Url, "/missing"), rate: 20, seconds: 0.25));
        Assert.Equal(bad.Completed, bad.Errors[ErrorKind.ServerError]);
        Assert.Equal(0, missing.Errors.Total);
    }

    [Fact]
    public async Task A_request_carries_its_method_headers_and_body()
    {
        var seen = "";
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen = $"{context.Request.Method} {context.Request.Headers["X-User"]} {context.Request.ContentType} {await reader.ReadToEndAsync()}";
        });
        var scenario = new Scenario("buy", 1, "POST", server.Url)
        {
            Body = "{\"item\":1}"u8.ToArray(),
            Headers = new Dictionary<string, string> { ["X-User"] = "ann" },
        };
        await RunAsync(Plan(server.Url, rate: 10, seconds: 0.1) with { Scenarios = [scenario] });
        Assert.Equal("POST ann application/json {\"item\":1}", seen);
    }

    [Fact]
    public void The_same_seed_draws_the_same_scenarios_in_proportion_to_their_weights()
    {
        var url = new Uri("http://127.0.0.1/");
        Scenario[] scenarios = [new("browse", 3, "GET", url), new("buy", 1, "POST", url)];
        string[] Draw(int seed)
        {
            var draw = new ScenarioDraw(scenarios, seed);
            return [.. Enumerable.Range(0, 4_000).Select(_ => draw.Next().Name)];
        }

        Assert.Equal(Draw(5), Draw(5));
        Assert.NotEqual(Draw(5), Draw(6));
        Assert.InRange(Draw(5).Count(name => name == "browse"), 2_850, 3_150);
    }

    [Fact]
    public void A_plan_that_cannot_be_run_names_every_problem()
    {
        var plan = new LoadPlan { Rate = 0, Timeout = TimeSpan.Zero, Scenarios = [new Scenario("x", 0, "GET", new Uri("/x", UriKind.Relative))] };
        var refused = Assert.Throws<CraterException>(() => new LoadGenerator(plan, TimeProvider.System));
        Assert.Equal(["CRT7001", "CRT7002", "CRT7003", "CRT7003"], refused.Problems.Select(problem => problem.Code));
    }
}
