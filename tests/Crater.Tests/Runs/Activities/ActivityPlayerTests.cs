using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Measurements;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Runs.Activities;

public sealed class ActivityPlayerTests
{
    private static readonly ActivityContext Context = new()
    {
        Configuration = new Dictionary<string, JsonNode?> { ["word"] = "hello", ["list"] = new JsonArray("a b", "c") },
        Secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["token"] = "s3cr3t-token" } }),
    };

    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    private static Task<ActivityResult> PlayAsync(Provider provider, IReadOnlyList<IMetricSource>? sources = null) =>
        new ActivityPlayer(sources ?? [], TimeProvider.System).PlayAsync(new Activity { Name = "a", IsProbe = true, Provider = provider }, Context, Abort);

    [Fact]
    public async Task A_secret_is_put_in_and_never_comes_back()
    {
        var result = await PlayAsync(new ProcessProvider("sh", ["-c", "echo ${token}; echo ${token} | wc -c"], false, null));
        Assert.Equal("*****\n13\n", result.Value!["stdout"]!.GetValue<string>());
        Assert.DoesNotContain("s3cr3t", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_is_judged_by_the_tolerance_of_its_probe()
    {
        var player = new ActivityPlayer([], TimeProvider.System);
        var probe = new Activity { Name = "a", IsProbe = true, Provider = new ProcessProvider("true", [], false, null), Tolerance = new ScalarTolerance(0) };
        var result = await player.PlayAsync(probe, Context, Abort);
        Assert.True(await player.JudgeAsync(probe, result, Context, Abort));
        Assert.Null(await player.JudgeAsync(probe, result with { Succeeded = false }, Context, Abort));
        Assert.Null(await player.JudgeAsync(probe with { Tolerance = null }, result, Context, Abort));
    }

    [Fact]
    public async Task A_native_function_runs_and_another_one_is_named()
    {
        Assert.Equal("true", (await PlayAsync(new PythonProvider("os.path", "exists", new JsonObject { ["path"] = "/" }))).Output);
        Assert.Equal("null", (await PlayAsync(new PythonProvider("time", "sleep", new JsonObject { ["secs"] = 0 }))).Output);
        Assert.StartsWith("CRT2308 chaosaws.ec2.actions.stop_instance", (await PlayAsync(new PythonProvider("chaosaws.ec2.actions", "stop_instance", []))).Output, StringComparison.Ordinal);
        Assert.StartsWith("CRT2309", (await PlayAsync(new PythonProvider("os.path", "exists", []))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_metric_is_read_from_the_first_source_that_measured_it()
    {
        var metric = new MetricProvider("error_rate", "", TimeSpan.FromSeconds(5));
        Assert.Equal("0.25", (await PlayAsync(metric, [new FixedSource("empty", null), new FixedSource("load", 0.25)])).Output);
        Assert.StartsWith("CRT2305", (await PlayAsync(metric)).Output, StringComparison.Ordinal);
        Assert.StartsWith("CRT2306", (await PlayAsync(metric, [new FixedSource("empty", null)])).Output, StringComparison.Ordinal);
        Assert.StartsWith("CRT2306", (await PlayAsync(metric, [new FixedSource("load", double.NaN)])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tolerance_that_is_a_probe_gets_the_value_and_decides()
    {
        var player = new ActivityPlayer([], TimeProvider.System);
        var probe = new Activity { Name = "p", IsProbe = true, Provider = new PythonProvider("os.path", "exists", []) };
        var tolerance = new ProbeTolerance(probe);
        Assert.False(await player.MeetsAsync(tolerance, "/", Context, Abort));
        Assert.True(await player.MeetsAsync(new ScalarTolerance(3), 3, Context, Abort));
    }

    private sealed class FixedSource(string name, double? value) : IMetricSource
    {
        public string Name => name;

        public bool Knows(MetricQuery query) => true;

        public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) =>
            Task.FromResult(value is { } number ? new Reading(query.Metric, number, DateTimeOffset.UnixEpoch, 10, name) : null);
    }
}
