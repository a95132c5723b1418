using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>What is wrong with a plain document, a program, a place on disk: each has its code, nothing hangs, and no rollback is left out silently.</summary>
public sealed class ToolkitBadInputTests : IDisposable
{
    private readonly ToolkitDesk _desk = new();

    private static string Laughs => string.Concat("bcdefghij".Select(letter => $"{letter}: &{letter} [{string.Join(',', Enumerable.Repeat($"*{(char)(letter - 1)}", 9))}]\n"));

    public static TheoryData<string, string, string> Documents => new()
    {
        { "circle.yaml", "title: t\ndescription: d\nmethod: &a\n  - *a\n", "CRT1105" },
        { "laughs.yaml", $"title: t\ndescription: d\nmethod: []\na: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n{Laughs}", "CRT1106" },
        { "deep.yaml", $"title: t\ndescription: d\nmethod: {new string('[', 20_000)}{new string(']', 20_000)}\n", "CRT1107" },
        { "deep.json", $$"""{"title":"t","description":"d","method":{{new string('[', 20_000)}}{{new string(']', 20_000)}}}""", "CRT1107" },
        { "large.json", $$"""{"title":"t","description":"{{new string('x', 100_000_000)}}","method":[]}""", "CRT1003" },
        { "latin.yaml", "title: t\u00ff\ndescription: d\nmethod: []\n", "CRT1004" },
    };

    public void Dispose() => _desk.Dispose();

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_document_that_is_none_is_refused_under_both_names(string name, string text, string code)
    {
        _desk.WriteLatin(name, text);
        var asChaos = await _desk.ChaosAsync("run", name);
        Assert.True(asChaos.Code == 1 && asChaos.Error.Contains(code, StringComparison.Ordinal), asChaos.ToString());
        Assert.False(_desk.Has("journal.json"));
        var asCrater = await _desk.CraterAsync("validate", name, "--json");
        Assert.True(asCrater.Code == 1 && asCrater.Out.Contains(code, StringComparison.Ordinal), asCrater.ToString());
    }

    [Theory]
    [InlineData("yes", "[]", 1, "CRT2302")]
    [InlineData("sh", """["-c", "trap '' TERM INT HUP; sleep 300 & wait; sleep 300"]""", 1, "CRT2302")]
    public async Task A_program_that_does_not_end_is_ended_and_the_rollbacks_are_played(string path, string arguments, double timeout, string code)
    {
        _desk.Document($$"""{"type": "process", "path": "{{path}}", "arguments": {{arguments}}, "timeout": {{timeout}}}""");
        var answer = await _desk.ChaosAsync("run", "experiment.json");
        var journal = _desk.Journal();
        Assert.True(answer.Code == 0 && answer.Error.Contains(code, StringComparison.Ordinal), answer.ToString());
        Assert.Equal(("completed", "failed", "succeeded"), ((string?)journal["status"], Status(journal, "run"), Status(journal, "rollbacks")));
    }

    [Fact]
    public async Task Output_without_end_is_kept_up_to_its_limit_and_says_so()
    {
        _desk.Document("""{"type": "process", "path": "sh", "arguments": ["-c", "yes | head -c 30000000"]}""");
        var answer = await _desk.ChaosAsync("run", "experiment.json");
        var output = _desk.Journal()["run"]![0]!["output"]!;
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.Equal(0, (int)output["status"]!);
        Assert.EndsWith("[cut after 1048576 bytes]", (string?)output["stdout"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_that_is_not_utf8_leaves_a_journal_that_is()
    {
        _desk.Document("""{"type": "process", "path": "printf", "arguments": ["\\377\\001x"]}""");
        Assert.Equal(0, (await _desk.ChaosAsync("run", "experiment.json")).Code);
        Assert.Equal("\uFFFD\u0001x", (string?)_desk.Journal()["run"]![0]!["output"]!["stdout"]);
    }

    [Fact]
    public async Task Arguments_that_are_too_long_abort_the_run_and_the_rollbacks_are_played()
    {
        _desk.Document($$"""{"type": "process", "path": "echo", "arguments": ["{{new string('x', 3_000_000)}}"]}""");
        await AbortedAsync("CRT2311");
    }

    [Fact]
    public async Task A_file_that_is_no_program_aborts_the_run_and_the_rollbacks_are_played()
    {
        _desk.WriteLatin("noise", "\u0001\u0002");
        _desk.MakeExecutable("noise");
        _desk.Document("""{"type": "process", "path": "./noise"}""");
        await AbortedAsync("CRT2301");
    }

    [Fact]
    public async Task A_regular_expression_that_explodes_is_given_up_and_the_run_goes_no_further()
    {
        _desk.Write("experiment.json", """
            {"title": "t", "description": "d", "method": [{"type": "action", "name": "a", "provider": {"type": "process", "path": "touch", "arguments": ["ran"]}}],
             "steady-state-hypothesis": {"title": "h", "probes": [{"type": "probe", "name": "p", "tolerance": {"type": "regex", "pattern": "^(a+)+$", "target": "stdout"},
               "provider": {"type": "process", "path": "printf", "arguments": ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]}}]}}
            """);
        var answer = await _desk.ChaosAsync("run", "experiment.json");
        Assert.True(answer.Code is 0 or 1, answer.ToString());
        Assert.False(_desk.Has("ran"));
    }

    [Theory]
    [InlineData("/nowhere/at/all/journal.json")]
    [InlineData("/proc/journal.json")]
    [InlineData(".")]
    public async Task A_journal_that_cannot_be_written_is_said_before_anything_is_done(string path)
    {
        _desk.Document("""{"type": "process", "path": "touch", "arguments": ["ran"]}""");
        var answer = await _desk.ChaosAsync("run", "--journal-path", path, "experiment.json");
        Assert.True(answer.Code == 1 && answer.Error.Contains("CRT4015", StringComparison.Ordinal), answer.ToString());
        Assert.False(_desk.Has("ran"));
    }

    [Fact]
    public async Task A_file_of_variables_that_is_not_there_is_a_misuse()
    {
        _desk.Document("""{"type": "process", "path": "true"}""");
        var answer = await _desk.ChaosAsync("run", "--var-file", "nowhere.yaml", "experiment.json");
        Assert.True(answer.Code == 2 && answer.Error.Contains("nowhere.yaml", StringComparison.Ordinal), answer.ToString());
    }

    [Fact]
    public async Task Two_activities_of_one_name_are_played_both_and_warned_of()
    {
        _desk.Write("experiment.json", """
            {"title": "t", "description": "d", "method": [
              {"type": "action", "name": "a", "provider": {"type": "process", "path": "true"}},
              {"type": "action", "name": "a", "provider": {"type": "process", "path": "false"}}]}
            """);
        var answer = await _desk.ChaosAsync("run", "experiment.json");
        Assert.True(answer.Code == 0 && answer.Error.Contains("CRT2038", StringComparison.Ordinal), answer.ToString());
        Assert.Equal([0, 1], _desk.Journal()["run"]!.AsArray().Select(run => (int)run!["output"]!["status"]!));
    }

    [Fact]
    public async Task A_disk_that_is_full_ends_the_run_with_an_error_and_no_further_act()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "root or unshare is missing, which a small file system of one's own needs");
        _desk.Write("experiment.json", $$"""
            {"title": "t", "description": "d", "method": [
              {"type": "action", "name": "fill", "provider": {"type": "process", "path": "sh", "arguments": ["-c", "cat /dev/zero > .crater/fill 2>/dev/null; true"]} },
              {"type": "action", "name": "say much", "provider": {"type": "process", "path": "sh", "arguments": ["-c", "yes | head -c 100000"]} },
              {"type": "action", "name": "act", "provider": {"type": "process", "path": "touch", "arguments": ["ran"]} }]}
            """);
        Directory.CreateDirectory(Path.Combine(_desk.Folder, ".crater"));
        var answer = await _desk.StartAsync(
            ["/usr/bin/unshare", "-m", "--propagation", "private", "/bin/sh", "-c", "mount -t tmpfs -o size=256k none .crater && exec \"$0\" \"$@\"", CraterProcess.Program, "run", "experiment.json"]);
        Assert.True(answer.Code == 1 && answer.Error.Contains("CRT400", StringComparison.Ordinal), answer.ToString());
        Assert.False(_desk.Has("ran"));
    }

    [Fact]
    public async Task Ten_thousand_activities_are_played_and_all_are_in_the_journal()
    {
        var method = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$$"""{"type":"action","name":"a{{{i}}}","provider":{"type":"process","path":"true"}}"""));
        _desk.Write("experiment.json", $$"""{"title":"t","description":"d","method":[{{method}}]}""");
        Assert.Equal(0, (await _desk.ChaosAsync("run", "experiment.json")).Code);
        Assert.Equal(10_000, _desk.Journal()["run"]!.AsArray().Count(run => (string?)run!["status"] == "succeeded"));
    }

    private async Task AbortedAsync(string code)
    {
        var answer = await _desk.ChaosAsync("run", "experiment.json");
        var journal = _desk.Journal();
        Assert.True(answer.Code == 1 && answer.Error.Contains(code, StringComparison.Ordinal), answer.ToString());
        Assert.Equal(("aborted", "succeeded"), ((string?)journal["status"], Status(journal, "rollbacks")));
    }

    private static string? Status(JsonNode journal, string list) => (string?)journal[list]![0]!["status"];
}
