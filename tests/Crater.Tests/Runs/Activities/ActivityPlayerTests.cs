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

    private static ProcessProvider Shell(string text, TimeSpan? timeout = null) => new("sh", [text], true, timeout);

    [Fact]
    public async Task A_process_gives_its_status_and_what_it_wrote()
    {
        var result = await PlayAsync(new ProcessProvider("echo", ["${word}", "", "x  y"], false, null));
        Assert.Equal("""{"status":0,"stdout":"hello x  y\n","stderr":""}""", result.Output);
        Assert.Equal("succeeded", result.Status);
    }

    [Fact]
    public async Task A_process_that_ends_with_an_error_was_carried_out_all_the_same()
    {
        var result = await PlayAsync(new ProcessProvider("sh", ["-c", "echo no >&2; exit 3"], false, null));
        Assert.True(result.Succeeded);
        Assert.Equal((3, "no\n"), (result.Value!["status"]!.GetValue<int>(), result.Value["stderr"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_single_text_of_arguments_goes_to_a_shell()
    {
        var result = await PlayAsync(Shell("-c 'echo $((1+1))' | tr 2 3"));
        Assert.Equal("3\n", result.Value!["stdout"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_variable_that_holds_a_list_is_an_argument_vector()
    {
        var result = await PlayAsync(new ProcessProvider("printf", ["${list}"], true, null));
        Assert.Equal("a b", result.Value!["stdout"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_argument_of_a_vector_never_reaches_a_shell() =>
        Assert.Equal("$(echo x);ls\n", (await PlayAsync(new ProcessProvider("echo", ["$(echo x);ls"], false, null))).Value!["stdout"]!.GetValue<string>());

    [Fact]
    public async Task A_timeout_ends_the_program_and_everything_it_had_started()
    {
        var folder = Directory.CreateTempSubdirectory("crater-");
        var file = Path.Combine(folder.FullName, "child");
        var result = await PlayAsync(new ProcessProvider("sh", ["-c", $"sleep 300 & echo $! > {file}; wait"], false, TimeSpan.FromSeconds(1)));
        Assert.False(result.Succeeded);
        Assert.StartsWith("CRT2302", result.Output, StringComparison.Ordinal);
        await AssertGoneAsync(int.Parse(await File.ReadAllTextAsync(file, Abort)));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_abort_ends_the_program_and_is_no_result()
    {
        using var abort = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var player = new ActivityPlayer([], TimeProvider.System);
        var activity = new Activity { Name = "a", IsProbe = false, Provider = new ProcessProvider("sleep", ["300"], false, null) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => player.PlayAsync(activity, Context, abort.Token));
    }

    [Fact]
    public async Task Output_without_end_is_cut_and_says_so()
    {
        var result = await PlayAsync(new ProcessProvider("sh", ["-c", "yes | head -c 10000000"], false, null));
        var stdout = result.Value!["stdout"]!.GetValue<string>();
        Assert.EndsWith("[cut after 65536 characters]", stdout, StringComparison.Ordinal);
        Assert.True(stdout.Length < 66_000);
        Assert.NotNull(JsonNode.Parse(result.Output));
    }

    [Fact]
    public async Task A_secret_is_put_in_and_never_comes_back()
    {
        var result = await PlayAsync(new ProcessProvider("sh", ["-c", "echo ${token}; echo ${token} | wc -c"], false, null));
        Assert.Equal("*****\n13\n", result.Value!["stdout"]!.GetValue<string>());
        Assert.DoesNotContain("s3cr3t", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-program-anywhere", "CRT2301")]
    [InlineData("/etc/hostname", "CRT2301")]
    public async Task A_program_that_cannot_run_fails_the_activity(string path, string code) =>
        Assert.StartsWith(code, (await PlayAsync(new ProcessProvider(path, [], false, null))).Output, StringComparison.Ordinal);

    [Fact]
    public async Task An_argument_that_the_system_would_cut_is_refused() =>
        Assert.StartsWith("CRT2310", (await PlayAsync(new ProcessProvider("echo", ["a\0b"], false, null))).Output, StringComparison.Ordinal);

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

    private static async Task AssertGoneAsync(int pid)
    {
        for (var i = 0; i < 100 && Directory.Exists($"/proc/{pid}") && !(await File.ReadAllTextAsync($"/proc/{pid}/stat", Abort)).Contains(") Z", StringComparison.Ordinal); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Abort);
        }

        Assert.True(!Directory.Exists($"/proc/{pid}") || (await File.ReadAllTextAsync($"/proc/{pid}/stat", Abort)).Contains(") Z", StringComparison.Ordinal));
    }

    private sealed class FixedSource(string name, double? value) : IMetricSource
    {
        public string Name => name;

        public bool Knows(MetricQuery query) => true;

        public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) =>
            Task.FromResult(value is { } number ? new Reading(query.Metric, number, DateTimeOffset.UnixEpoch, 10, name) : null);
    }
}
