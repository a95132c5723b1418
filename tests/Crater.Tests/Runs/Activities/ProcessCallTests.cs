using System.Diagnostics;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Processes;
using Xunit;
using Activity = Crater.Experiments.Activity;
using ActivityContext = Crater.Runs.Activities.ActivityContext;

namespace Crater.Tests.Runs.Activities;

public sealed class ProcessCallTests : IDisposable
{
    private static readonly ActivityContext Context = new()
    {
        Configuration = new Dictionary<string, JsonNode?> { ["word"] = "hello", ["list"] = new JsonArray("a b", null, "", "c"), ["nothing"] = null },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-").FullName;

    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    private string Child => Path.Combine(_folder, "child");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_process_gives_its_status_and_what_it_wrote()
    {
        var result = await PlayAsync(Vector("echo", "${word}", "", "${nothing}", "x  y"));
        Assert.Equal("""{"status":0,"stdout":"hello x  y\n","stderr":""}""", result.Output);
        Assert.Equal("succeeded", result.Status);
    }

    [Fact]
    public async Task A_process_that_ends_with_an_error_was_carried_out_all_the_same()
    {
        var result = await PlayAsync(Script("echo no >&2; exit 3"));
        Assert.True(result.Succeeded);
        Assert.Equal((3, "no\n"), (Status(result), Error(result)));
    }

    [Theory]
    [InlineData("kill -9 $$$$", -9)]
    [InlineData("kill -15 $$$$", -15)]
    [InlineData("exit 137", 137)]
    public async Task A_program_that_a_signal_ended_has_the_signals_number_as_a_negative_status(string script, int status) =>
        Assert.Equal(status, Status(await PlayAsync(Script(script))));

    [Fact]
    public async Task A_program_that_an_interrupt_ended_has_its_status_when_nobody_asked_for_the_end_of_the_run() =>
        Assert.Equal(-2, Status(await PlayAsync(Script("kill -INT $$$$"))));

    [Fact]
    public async Task After_a_program_that_an_interrupt_ended_the_wish_to_stop_has_time_to_arrive()
    {
        using var abort = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var activity = new Activity { Name = "a", IsProbe = false, Provider = Script("kill -INT $$$$") };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ActivityPlayer([], TimeProvider.System).PlayAsync(activity, Context, abort.Token));
    }

    [Fact]
    public async Task A_single_text_of_arguments_goes_to_a_shell() =>
        Assert.Equal("3\n", Said(await PlayAsync(new ProcessProvider("sh", ["-c 'echo $((1+1))' | tr 2 3"], true, null))));

    [Fact]
    public async Task One_variable_that_holds_a_list_is_an_argument_vector() =>
        Assert.Equal("<a b><c>", Said(await PlayAsync(new ProcessProvider("sh", ["${list}"], true, null) with { Path = Write("show", "printf '<%s>' \"$@\"") })));

    [Fact]
    public async Task A_map_among_the_arguments_gets_its_values_with_their_types_before_it_is_written() =>
        Assert.Equal("{'k': [['a b', None, '', 'c'], 'w=hello']}\n", Said(await PlayAsync(
            Vector("echo", "{}") with { Structures = new Dictionary<int, JsonNode> { [0] = JsonNode.Parse("""{"k": ["${list}", "w=${word}"]}""")! } })));

    [Fact]
    public async Task An_argument_of_a_vector_never_reaches_a_shell() =>
        Assert.Equal("$(echo x);ls\n", Said(await PlayAsync(Vector("echo", "$(echo x);ls"))));

    [Fact]
    public async Task Without_configuration_and_secrets_nothing_is_replaced()
    {
        var activity = new Activity { Name = "a", IsProbe = true, Provider = Vector("echo", "$$x") };
        Assert.Equal("$$x\n", Said(await new ActivityPlayer([], TimeProvider.System).PlayAsync(activity, Context with { Configuration = new Dictionary<string, JsonNode?>() }, Abort)));
    }

    [Fact]
    public async Task A_program_has_an_empty_input_and_the_variables_of_its_provider()
    {
        var result = await PlayAsync(Script("cat; echo $GREETING") with { Environment = new Dictionary<string, string> { ["GREETING"] = "${word}" } });
        Assert.Equal("hello\n", Said(result));
    }

    [Fact]
    public async Task A_variable_that_an_activity_sets_is_there_for_the_programs_after_it()
    {
        EnvironmentBlock.Set("CRATER_TEST_SET_LATE", "one");
        Assert.Equal("one\n", Said(await PlayAsync(Script("echo $CRATER_TEST_SET_LATE"))));
        EnvironmentBlock.Set("CRATER_TEST_SET_LATE", "two");
        Assert.Equal("two\n", Said(await PlayAsync(Script("echo $CRATER_TEST_SET_LATE"))));
    }

    [Fact]
    public async Task A_program_gets_signals_as_any_program_does()
    {
        // .NET ignores SIGPIPE, and ignoring is inherited: `yes` would complain for ever instead of ending.
        var result = await PlayAsync(Script("grep -E '^Sig(Ign|Blk)' /proc/self/status | cut -f 2 | sort -u"));
        Assert.Equal(0UL, Convert.ToUInt64(Said(result).Split('\n')[0], 16) & (1UL << 12));
    }

    [Fact]
    public async Task A_timeout_ends_the_program_and_everything_it_had_started()
    {
        var result = await PlayAsync(Script($"sleep 300 & echo $! > {Child}; wait", TimeSpan.FromSeconds(1)));
        Assert.False(result.Succeeded);
        Assert.StartsWith("CRT2302", result.Output, StringComparison.Ordinal);
        await AssertGoneAsync();
    }

    [Fact]
    public async Task A_timeout_ends_also_whom_its_parent_has_left_and_who_refuses_to_go()
    {
        var result = await PlayAsync(Script($"(trap '' TERM INT HUP; setsid sh -c 'echo $$$$ > {Child}; sleep 300' & ); sleep 300", TimeSpan.FromSeconds(1)));
        Assert.StartsWith("CRT2302", result.Output, StringComparison.Ordinal);
        await AssertGoneAsync();
    }

    [Fact]
    public async Task An_abort_ends_the_program_and_is_no_result()
    {
        using var abort = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var activity = new Activity { Name = "a", IsProbe = false, Provider = Script($"echo $$$$ > {Child}; exec sleep 300") };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ActivityPlayer([], TimeProvider.System).PlayAsync(activity, Context, abort.Token));
        await AssertGoneAsync();
    }

    [Fact]
    public async Task A_daemon_that_keeps_the_output_open_does_not_keep_the_activity_open_and_lives_on()
    {
        var result = await PlayAsync(Script($"(sleep 300 & echo $! > {Child}); echo done", TimeSpan.FromSeconds(2)));
        Assert.True(result.Succeeded, result.Output);
        Assert.Equal((0, "done\n"), (Status(result), Said(result)));
        using var daemon = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(Child, Abort)));
        Assert.False(daemon.HasExited);
        daemon.Kill();
    }

    [Fact]
    public async Task What_others_write_after_the_programs_end_is_waited_for() =>
        Assert.Equal("first\nlast\n", Said(await PlayAsync(Script("(sleep 0.3; echo last) & echo first"))));

    [Fact]
    public async Task Output_without_end_is_cut_and_says_so()
    {
        var result = await PlayAsync(Script("yes | head -c 10000000; yes é | head -c 3000001 >&2"));
        Assert.EndsWith("[cut after 1048576 bytes]", Said(result), StringComparison.Ordinal);
        Assert.InRange(Said(result).Length, 1_048_576, 1_048_700);
        Assert.DoesNotContain('\uFFFD', Error(result));
        Assert.NotNull(JsonNode.Parse(result.Output));
    }

    [Theory]
    [InlineData(@"caf\303\251", "café")]
    [InlineData(@"caf\351", "café")]
    [InlineData(@"\357\273\277hi", "hi")]
    [InlineData(@"\377\376h\000i\000", "hi")]
    [InlineData(@"a\001\377b", "a\u0001\uFFFDb")]
    public async Task What_is_not_utf8_is_read_as_far_as_it_can_be(string bytes, string text) =>
        Assert.Equal(text, Said(await PlayAsync(Vector("/usr/bin/printf", bytes))));

    [Theory]
    [InlineData("no-such-program-anywhere", "CRT2301")]
    [InlineData("/etc/hostname", "CRT2301")]
    [InlineData("/etc", "CRT2301")]
    public async Task A_program_that_cannot_run_fails_the_activity(string path, string code) =>
        Assert.StartsWith(code, (await PlayAsync(Vector(path))).Output, StringComparison.Ordinal);

    [Fact]
    public async Task A_file_that_may_be_executed_but_is_no_program_fails_the_activity()
    {
        var result = await PlayAsync(Vector(Write("noise", "\u0001\u0002", "")));
        Assert.StartsWith("CRT2301", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_that_are_too_long_for_the_system_fail_the_activity() =>
        Assert.StartsWith("CRT2311", (await PlayAsync(Vector("echo", new string('x', 4_000_000)))).Output, StringComparison.Ordinal);

    [Fact]
    public async Task An_argument_that_the_system_would_cut_is_refused() =>
        Assert.StartsWith("CRT2310", (await PlayAsync(Vector("echo", "a\0b"))).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Many_programs_at_a_time_leave_neither_zombies_nor_descriptors()
    {
        Assert.SkipUnless(ChildLoop.Here is not null, "the kernel has no descriptors of processes");
        var players = Enumerable.Range(0, 8).Select(player => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                using var child = (SpawnedChild)ChildLoop.Here!.Start(new Command("/bin/sh", ["-c", $"echo {player} {i}"], EnvironmentBlock.Own()));
                Assert.Equal(0, await child.Ended.WaitAsync(Abort));
                await child.Closed.WaitAsync(Abort);
                Assert.Equal((0, $"{player} {i}\n"), (child.OpenDescriptors, child.StandardOutput));
                Assert.False(IsOurChild(child.Pid));
            }
        }, Abort));
        await Task.WhenAll(players).WaitAsync(Abort);
    }

    [Fact]
    public async Task A_program_inherits_no_pipe_but_its_own()
    {
        var other = PlayAsync(Script("sleep 1"));
        var pipes = Said(await PlayAsync(Script("readlink /proc/self/fd/* | grep pipe: | sort -u"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await other;
        Assert.InRange(pipes.Length, 1, 3);     // its two outputs, and the pipe between the shell's own programs
    }

    [Fact]
    public async Task The_systems_own_way_to_start_programs_works_beside_this_one()
    {
        var ours = Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                Assert.Equal(i, Status(await PlayAsync(Script($"exit {i}"))));
            }
        }, Abort);
        for (var i = 0; i < 40; i++)
        {
            using var theirs = Process.Start(new ProcessStartInfo("sh") { ArgumentList = { "-c", $"exit {i}" } })!;
            await theirs.WaitForExitAsync(Abort);
            Assert.Equal(i, theirs.ExitCode);
        }

        await ours;
    }

    private static ProcessProvider Vector(string program, params string[] arguments) => new(program, arguments, false, null);

    private static ProcessProvider Script(string text, TimeSpan? timeout = null) => new("sh", ["-c", text], false, timeout);

    private static Task<ActivityResult> PlayAsync(Provider provider) =>
        new ActivityPlayer([], TimeProvider.System).PlayAsync(new Activity { Name = "a", IsProbe = true, Provider = provider }, Context, Abort);

    private static int Status(ActivityResult result) => result.Value!["status"]!.GetValue<int>();

    private static string Said(ActivityResult result) => result.Value!["stdout"]!.GetValue<string>();

    private static string Error(ActivityResult result) => result.Value!["stderr"]!.GetValue<string>();

    private string Write(string name, string text, string head = "#!/bin/sh\n")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, head + text);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode that makes them programs");
#pragma warning disable CA1416      // the line above
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        return path;
    }

    private static bool IsStat(int pid, string state) => File.ReadAllText($"/proc/{pid}/stat").Contains($") {state}", StringComparison.Ordinal);

    private async Task AssertGoneAsync()
    {
        var pid = int.Parse(await File.ReadAllTextAsync(Child, Abort));
        for (var i = 0; i < 100 && Lives(pid); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Abort);
        }

        Assert.False(Lives(pid));
    }

    private static bool IsOurChild(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[1] == $"{Environment.ProcessId}";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool Lives(int pid)
    {
        try
        {
            return !IsStat(pid, "Z");
        }
        catch (IOException)
        {
            return false;
        }
    }
}
