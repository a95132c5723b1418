using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Tests.Load;
using Xunit;
using static Crater.Tests.Runs.Activities.Functions.Calling;

namespace Crater.Tests.Runs.Activities.Functions;

/// <summary>With a fake k6: what is proven is how k6 is called and what is made of its end, not what k6 does.</summary>
public sealed class K6FunctionTests : IDisposable
{
    private const string Run = "chaosgrafana.k6.actions.run_script";
    private readonly FakeK6Program _k6 = new();

    public void Dispose() => _k6.Dispose();

    [Theory]
    [InlineData("""{"script_path": "a.js"}""", "run --quiet --vus 1 --duration 1s a.js")]
    [InlineData("""{"script_path": "a.js", "vus": 30, "duration": "5m"}""", "run --quiet --vus 30 --duration 5m a.js")]
    [InlineData("""{"script_path": "a.js", "iterations": 7}""", "run --quiet --iterations 7 --vus 1 a.js")]
    [InlineData("""{"script_path": "a.js", "vus": 4, "stages": [{"duration": "1m", "target": 10}, {"duration": "2m", "target": "${n}"}]}""", "run --quiet --stage 1m:10 --stage 2m:60 a.js")]
    public async Task A_script_is_run_with_the_options_that_count(string arguments, string line)
    {
        Assert.Equal("true", await ValueAsync(Run, arguments, """{"n": 60}"""));
        Assert.Equal(line, _k6.Arguments);
    }

    [Fact]
    public async Task A_script_gets_its_environment()
    {
        await ValueAsync(Run, """{"script_path": "a.js", "environ": {"FAKE_NUMBER": 20, "FAKE_TEXT": "a b"}}""");
        Assert.Equal(["FAKE_NUMBER=20", "FAKE_TEXT=a b"], _k6.Variables);
    }

    [Theory]
    [InlineData(200, "true")]
    [InlineData(503, "false")]
    public async Task A_probe_says_whether_the_expected_status_came(int expected, string held)
    {
        await using var server = await ScriptedServer.StartAsync(_ => Task.CompletedTask);
        Assert.Equal(held, await ValueAsync("chaosgrafana.k6.probes.http",
            Json(("endpoint", server.Url.ToString()), ("status", expected), ("method", "POST"), ("headers", new JsonObject { ["X-A"] = "b" }), ("body", "hello"), ("vus", 2), ("duration", "5s"), ("timeout", 3))));
        Assert.Equal("run --quiet -", _k6.Arguments);
        Assert.Equal(["CHAOS_K6_BODY=hello", "CHAOS_K6_DURATION=5s", "CHAOS_K6_HEADERS={\"X-A\":\"b\"}", "CHAOS_K6_HTTP_TIMEOUT=3", "CHAOS_K6_METHOD=POST",
            $"CHAOS_K6_STATUS={expected}", $"CHAOS_K6_URL={server.Url}", "CHAOS_K6_VUS=2"], _k6.Variables);
        Assert.Contains("missed: [{ threshold: 'rate==0', abortOnFail: true }]", _k6.Read("script"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stress_is_for_one_address()
    {
        await using var server = await ScriptedServer.StartAsync(_ => Task.CompletedTask);
        Assert.Equal("true", await ValueAsync("chaosgrafana.k6.actions.stress_endpoint", Json(("endpoint", server.Url.ToString()), ("vus", 3), ("duration", "2s"))));
        Assert.Equal("run --quiet --vus 3 --duration 2s -", _k6.Arguments);
        Assert.Contains("__ENV.CHAOS_K6_URL", _k6.Read("script"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_that_is_neither_held_nor_missed_is_a_failure_with_its_last_line()
    {
        var failure = await FailureAsync(Run, """{"script_path": "a.js", "environ": {"FAKE_EXIT": "107"}}""");
        Assert.StartsWith("CRT2370 k6 ended with 107: ", failure, StringComparison.Ordinal);
        Assert.EndsWith("level=error msg=\"GoError: something in the script\"", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_has_what_k6_says_and_no_secret()
    {
        var context = new ActivityContext { Secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["token"] = "s3cr3t-token" } }) };
        var provider = new PythonProvider("chaosgrafana.k6.actions", "run_script",
            new JsonObject { ["script_path"] = "a.js", ["log_file"] = _k6.At("log"), ["environ"] = new JsonObject { ["FAKE_SECRET"] = "${token}" } });
        await new ActivityPlayer([], TimeProvider.System)
            .PlayAsync(new Activity { Name = "a", IsProbe = false, Provider = provider }, context, TestContext.Current.CancellationToken);
        Assert.Contains("FAKE_SECRET=s3cr3t-token", _k6.Variables);
        Assert.Equal("     execution: local (fake-k6) secret=*****\n", _k6.Read("log"));
    }

    [Fact]
    public async Task The_end_of_the_run_stops_k6_and_what_it_had_started()
    {
        using var abort = new CancellationTokenSource();
        var running = CallAsync(Run, """{"script_path": "a.js", "environ": {"FAKE_SLEEP": "300"}}""", abort: abort.Token);
        while (!File.Exists(_k6.At("child")) || _k6.Read("child").Length == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("interrupted", _k6.Read("interrupted").Trim());
    }

    [Theory]
    [InlineData(Run, "{}", "CRT2370 run_script needs script_path")]
    [InlineData(Run, """{"script_path": "a.js", "stages": ["1m:2"]}""", "CRT2360 TypeError: stages must be a list of maps")]
    [InlineData(Run, """{"script_path": "a.js", "log_file": "/no/such/folder/log"}""", "CRT2370 The log file /no/such/folder/log")]
    [InlineData("chaosgrafana.k6.probes.http", """{"endpoint": "http://localhost", "status": 99}""", "CRT2360 ValueError: Invalid HTTP Response status code")]
    [InlineData("chaosgrafana.k6.probes.http", """{"endpoint": "http://localhost", "method": "BREW"}""", "CRT2360 ValueError: Invalid HTTP Request method")]
    [InlineData("chaosgrafana.k6.actions.stress_endpoint", "{}", "CRT2370 stress_endpoint needs endpoint")]
    public async Task What_cannot_be_asked_of_k6_fails_before_it_is_started(string function, string arguments, string failure)
    {
        Assert.StartsWith(failure, await FailureAsync(function, arguments), StringComparison.Ordinal);
        Assert.False(File.Exists(_k6.At("arguments")));
    }

    [Fact]
    public async Task Without_k6_the_failure_says_what_to_install()
    {
        _k6.Dispose();
        Assert.SkipUnless(Programs.Find("k6", new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! }) is null, "k6 is installed");
        Assert.StartsWith("CRT2369 k6 is not on the PATH. Install Grafana k6", await FailureAsync(Run, """{"script_path": "a.js"}"""), StringComparison.Ordinal);
    }
}
