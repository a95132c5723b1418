using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Python;

/// <summary>Whole runs under the name <c>chaos</c> with functions and controls of the user's own.</summary>
public sealed class PythonRunTests
{
    private const int SIGKILL = 9;
    private const int SIGTERM = 15;

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-python-").FullName;

    [Fact]
    public async Task Functions_controls_and_prints_of_the_users_own_work_together()
    {
        Write("mine.py", """
            import os
            from chaoslib.exceptions import ActivityFailed

            def works(one, configuration):
                print("printed by works")
                return {"sum": one + configuration["n"], "cwd": os.getcwd()}

            def fails(secrets=None):
                raise ActivityFailed("no luck with " + secrets["token"])

            def before_experiment_control(context, configuration, **rest):
                configuration["n"] = 40

            def after_experiment_control(context, state, **rest):
                state["seen"] = [run["activity"]["name"] for run in state["run"]]
            """);
        Write("e.json", """
            {"title": "t", "description": "d", "configuration": {"n": 1}, "secrets": {"s": {"token": "hush-hush"}},
             "controls": [{"name": "mine", "provider": {"type": "python", "module": "mine"}}],
             "method": [
               {"type": "probe", "name": "works", "provider": {"type": "python", "module": "mine", "func": "works", "arguments": {"one": 2}}},
               {"type": "probe", "name": "fails", "provider": {"type": "python", "module": "mine", "func": "fails", "secrets": ["s"]}}]}
            """);

        var answer = await Start().EndAsync();

        Assert.True(answer.Code == 0, answer.ToString());
        var journal = Journal();
        Assert.Equal(42, (int)journal["run"]![0]!["output"]!["sum"]!);
        Assert.Equal("failed", (string)journal["run"]![1]!["status"]!);
        Assert.Equal("chaoslib.exceptions.ActivityFailed: chaoslib.exceptions.ActivityFailed: no luck with *****\n", (string)((JsonArray)journal["run"]![1]!["exception"]!)[^1]!);
        Assert.Equal("""["works","fails"]""", journal["seen"]!.ToJsonString());
        Assert.Contains("printed by works", answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush", answer.Error + journal.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_termination_in_the_middle_of_a_function_interrupts_the_run_and_its_rollbacks_are_played()
    {
        Write("mine.py", """
            import time

            def sleeps():
                open("begun", "w").close()
                time.sleep(300)

            def puts_back():
                return "back"
            """);
        Write("e.json", """
            {"title": "t", "description": "d",
             "method": [{"type": "action", "name": "sleeps", "provider": {"type": "python", "module": "mine", "func": "sleeps"}}],
             "rollbacks": [{"type": "action", "name": "puts back", "provider": {"type": "python", "module": "mine", "func": "puts_back"}}]}
            """);
        using var run = Start("--rollback-strategy", "always");
        await Wait.UntilAsync(() => File.Exists(Path.Combine(_folder, "begun")), "the function sleeps");

        run.Signal(SIGTERM);
        var answer = await run.EndAsync();

        Assert.Equal(1, answer.Code);
        var journal = Journal();
        Assert.Equal("interrupted", (string)journal["status"]!);
        Assert.Null(journal["run"]![0]!["status"]);
        Assert.Equal("back", (string)journal["rollbacks"]![0]!["output"]!);
    }

    [Fact]
    public async Task An_interpreter_does_not_outlive_a_run_that_was_killed()
    {
        Write("mine.py", """
            import os, time

            def goes_on():
                with open("pid", "w") as file:
                    file.write(str(os.getpid()))
                while True:
                    try:
                        time.sleep(0.1)
                    except BaseException:
                        pass
            """);
        Write("e.json", """
            {"title": "t", "description": "d", "method": [{"type": "action", "name": "goes on", "provider": {"type": "python", "module": "mine", "func": "goes_on"}}]}
            """);
        var said = Path.Combine(_folder, "pid");
        using var run = Start();
        await Wait.UntilAsync(() => File.Exists(said) && File.ReadAllText(said).Length > 0, "the function runs");

        run.Signal(SIGKILL);

        var pid = int.Parse(await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        await Wait.UntilAsync(() => Interpreters.IsGone(pid), "the interpreter is gone");
    }

    [Theory]
    [InlineData("exit_gracefully", 1)]
    [InlineData("exit_ungracefully", 0)]
    public async Task A_background_function_ends_the_run_through_the_toolkits_exit(string function, int rollbacks)
    {
        Write("mine.py", $$"""
            import time
            from chaoslib.exit import {{function}}

            def leaves():
                time.sleep(0.5)
                {{function}}()
            """);
        Write("e.json", """
            {"title": "t", "description": "d",
             "method": [
               {"type": "action", "name": "leaves", "background": true, "provider": {"type": "python", "module": "mine", "func": "leaves"}},
               {"type": "action", "name": "waits", "provider": {"type": "process", "path": "sleep", "arguments": ["120"]}}],
             "rollbacks": [{"type": "action", "name": "puts back", "provider": {"type": "process", "path": "true"}}]}
            """);

        var answer = await Start("--rollback-strategy", "always").EndAsync();

        Assert.Equal(1, answer.Code);
        Assert.Equal("interrupted", (string)Journal()["status"]!);
        Assert.Equal(rollbacks, ((JsonArray)Journal()["rollbacks"]!).Count);
    }

    [Fact]
    public async Task Without_an_interpreter_the_module_and_what_would_run_it_are_named()
    {
        Write("e.json", """
            {"title": "t", "description": "d", "method": [{"type": "action", "name": "a", "provider": {"type": "python", "module": "my.module", "func": "mine"}}]}
            """);

        var answer = await Start(new Dictionary<string, string> { ["PATH"] = "/nowhere" }).EndAsync();

        Assert.Equal(1, answer.Code);
        Assert.Contains("my.module.mine", answer.Error, StringComparison.Ordinal);
        Assert.Contains("Install Python 3.8", answer.Error, StringComparison.Ordinal);
    }

    private JsonNode Journal() => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "journal.json")))!;

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private CraterProcess Start(params string[] options)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "/usr/bin/python3 is missing");
        return Start(new Dictionary<string, string> { ["CRATER_PYTHON"] = "/usr/bin/python3" }, options);
    }

    private CraterProcess Start(Dictionary<string, string> environment, params string[] options)
    {
        (environment["CRATER_AS"], environment["HOME"]) = ("chaos", _folder);
        return CraterProcess.Start(_folder, environment, [CraterProcess.Program, "--no-version-check", "run", .. options, "e.json"]);
    }
}
