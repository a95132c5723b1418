using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.EndToEnd.Tests.Python;

/// <summary>Functions that do not end, end everything, or do not stop talking.</summary>
public sealed class PythonInterruptionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_abort_ends_a_call_that_sleeps(bool beside)
    {
        await using var python = new Interpreters();
        var begun = Folder.New();
        using var abort = new CancellationTokenSource();
        var call = python.CallAsync("sleeps", new JsonObject { ["seconds"] = 300, ["path"] = begun }, abort, beside);
        await Wait.UntilAsync(() => File.Exists(begun), "the function sleeps");
        var pid = (int)(await python.CallAsync("pid"))!;

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(pid, (int)(await python.CallAsync("pid"))!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_abort_ends_the_programs_that_a_call_had_started(bool beside)
    {
        await using var python = new Interpreters();
        var path = Folder.New();
        using var abort = new CancellationTokenSource();
        var call = python.CallAsync("starts_and_waits", new JsonObject { ["path"] = path }, abort, beside);
        await Wait.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).Length > 0, "the function has started a program");
        var child = int.Parse(File.ReadAllText(path), System.Globalization.CultureInfo.InvariantCulture);

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Wait.UntilAsync(() => Interpreters.IsGone(child), "the program is gone");
    }

    [Theory]
    [InlineData("swallows", false)]
    [InlineData("swallows", true)]
    [InlineData("holds_everything", false)]
    public async Task A_call_that_does_not_let_itself_be_ended_is_ended_with_its_interpreter(string function, bool beside)
    {
        await using var python = new Interpreters();
        var begun = Folder.New();
        var pid = (int)(await python.CallAsync("pid"))!;
        using var abort = new CancellationTokenSource();
        var call = python.CallAsync(function, new JsonObject { ["path"] = begun }, abort, beside);
        await Wait.UntilAsync(() => File.Exists(begun), "the function runs");

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Wait.UntilAsync(() => Interpreters.IsGone(pid), "the interpreter is gone");
        Assert.NotEqual(pid, (int)(await python.CallAsync("pid"))!);
    }

    [Theory]
    [InlineData("leaves", "it ended with exit code 7")]
    [InlineData("closes_its_pipes", "it closed its pipes")]
    public async Task An_interpreter_that_goes_away_is_a_failure_of_its_call_alone(string function, string why)
    {
        await using var python = new Interpreters();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync(function));

        Assert.Equal("CRT2336", failed.Code);
        Assert.Contains(why, failed.Message, StringComparison.Ordinal);
        Assert.Equal(3, (int)(await python.CallAsync("add", new JsonObject { ["one"] = 1 }))!);
    }

    [Fact]
    public async Task A_value_that_fits_into_no_journal_is_a_failure_with_its_size()
    {
        await using var python = new Interpreters(change: options => options with { ValueMax = 1000 });

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync("huge", new JsonObject { ["size"] = 100_000_000 }));

        Assert.Equal("CRT2335", failed.Code);
        Assert.Contains("100000003 bytes", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_prints_without_end_is_read_and_cut()
    {
        await using var python = new Interpreters();
        using var abort = new CancellationTokenSource();
        var call = python.CallAsync("prints_for_ever", abort: abort);
        await Wait.UntilAsync(() => python.Lines.Any(line => line.Text.Contains("is cut after", StringComparison.Ordinal)), "the log is full");
        var lines = python.Lines.Count;

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.InRange(python.Lines.Count, lines, lines + 1);
    }

    [Fact]
    public async Task A_module_that_hangs_when_it_is_imported_is_named_once_and_not_tried_again()
    {
        await using var python = new Interpreters(change: options => options with { ImportMax = TimeSpan.FromSeconds(1) });

        var first = python.Bridge.Describe("hangs_at_import", "never").Problem;
        var again = python.Bridge.Describe("hangs_at_import", "other").Problem;

        Assert.Contains("hangs_at_import was not imported within 1s", first, StringComparison.Ordinal);
        Assert.Equal(first, again);
    }

    [Theory]
    [InlineData("uses_toolkit", "leaves_gracefully", "", false)]
    [InlineData("uses_toolkit", "leaves_ungracefully", "", true)]
    [InlineData("some_functions", "signals", "SIGTERM", false)]
    [InlineData("some_functions", "signals", "SIGINT", false)]
    public async Task A_signal_that_a_function_sends_to_its_own_process_ends_the_run(string module, string function, string name, bool isUngraceful)
    {
        await using var python = new Interpreters();

        var ended = await Assert.ThrowsAsync<RunInterruptedException>(() => python.CallAsync(module, function, name.Length > 0 ? new JsonObject { ["name"] = name } : []));

        Assert.Equal(isUngraceful, ended.IsUngraceful);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(30, true)]
    public async Task A_function_that_exits_ends_the_run(int code, bool isUngraceful)
    {
        await using var python = new Interpreters();

        var ended = await Assert.ThrowsAsync<RunInterruptedException>(() => python.CallAsync("exits", new JsonObject { ["code"] = code }));

        Assert.Equal(isUngraceful, ended.IsUngraceful);
    }

    [Fact]
    public async Task A_function_that_exits_beside_the_method_has_failed()
    {
        await using var python = new Interpreters();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => python.CallAsync("exits", new JsonObject { ["code"] = 3 }, beside: true));

        Assert.Equal("SystemExit: 3", failed.Message);
    }

    [Fact]
    public async Task A_signal_between_calls_reaches_the_run_too()
    {
        await using var python = new Interpreters();
        var heard = new TaskCompletionSource<RunInterruptedException>();
        python.Bridge.OnInterrupt = heard.SetResult;

        await python.CallAsync("signals_later", new JsonObject { ["name"] = "SIGUSR2" });

        Assert.True((await heard.Task.WaitAsync(Wait.Patience, TimeProvider.System, TestContext.Current.CancellationToken)).IsUngraceful);
    }

    [Fact]
    public async Task The_interpreter_ends_with_the_run()
    {
        await using var python = new Interpreters();
        var pid = (int)(await python.CallAsync("pid"))!;

        await python.DisposeAsync();

        await Wait.UntilAsync(() => Interpreters.IsGone(pid), "the interpreter is gone");
    }

    private static class Folder
    {
        public static string New() => Path.Combine(Directory.CreateTempSubdirectory("crater-python-").FullName, "said");
    }
}
