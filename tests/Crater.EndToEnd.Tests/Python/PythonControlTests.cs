using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;
using Crater.Runs.Controls;
using Xunit;

namespace Crater.EndToEnd.Tests.Python;

/// <summary>Controls written in Python, called in real interpreters.</summary>
public sealed class PythonControlTests
{
    private static readonly ControlPoint Experiment = new(ControlLevel.Experiment, null, null);
    private static readonly ControlPoint Method = new(ControlLevel.Method, null, null);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Interpreters.All), MemberType = typeof(Interpreters))]
    public async Task Hooks_write_into_one_living_document_and_the_run_sees_what_they_wrote(string interpreter)
    {
        await using var python = new Interpreters(interpreter);
        var experiment = Read("""
            {"title": "t", "description": "d", "extensions": [{"name": "x"}], "secrets": {"group": {"token": "a-secret"}},
             "controls": [{"name": "w", "provider": {"type": "python", "module": "writing_control"}}],
             "steady-state-hypothesis": {"title": "h", "probes": []},
             "method": [
               {"type": "action", "name": "first", "provider": {"type": "python", "module": "some_functions", "func": "add", "arguments": {"one": 1}}},
               {"type": "action", "name": "second", "provider": {"type": "python", "module": "some_functions", "func": "add", "arguments": {"one": 1}}}]}
            """);
        using var controls = (RunControls)RunControls.Of(experiment, new ControlOptions { Settings = new JsonObject { ["mine"] = 1 }, Log = python.Say }, python.Bridge, TimeProvider.System);
        await controls.ConfigureAsync(Stop);

        var begun = await controls.BeforeAsync(Experiment, Stop);
        var hypothesis = await controls.BeforeAsync(new ControlPoint(ControlLevel.Hypothesis, null, null), Stop);
        var before = await controls.BeforeAsync(Step(experiment, 1, null), Stop);
        var after = await controls.AfterAsync(Step(experiment, 1, new JsonObject { ["status"] = "succeeded", ["output"] = 42 }), Stop);
        var over = await controls.AfterAsync(Method with { State = new JsonArray() }, Stop);

        Assert.DoesNotContain(python.Said, line => line.StartsWith("CRT2343", StringComparison.Ordinal));
        Assert.Equal("""{"mine":1}""", begun.Configuration!["settings"]!.ToJsonString());
        Assert.Equal("""[{"name":"x"}]""", begun.Configuration["extensions"]!.ToJsonString());
        Assert.Equal("*****", begun.Secrets!.Mask("rotated-secret"));
        Assert.Contains("\"seen\":true", hypothesis.Experiment!.Source, StringComparison.Ordinal);
        Assert.Equal(40, (long)((PythonProvider)before.Activity!.Provider).Arguments["one"]!);
        Assert.Equal("replaced by the control", (string)after.State!["output"]!);
        Assert.Equal(["first", "second", "third"], after.Experiment!.Method.Select(activity => activity.Name));
        Assert.Equal(["start second", "end second succeeded"], ((JsonArray)after.Configuration!["events"]!).Select(line => (string)line!));
        Assert.Equal("""[{"decorated":1}]""", over.State!.ToJsonString());
    }

    [Fact]
    public async Task What_has_no_form_in_JSON_stays_in_the_interpreter_for_functions_to_use()
    {
        await using var python = new Interpreters();
        using var controls = await ConfiguredAsync(python, """{"name": "w", "provider": {"type": "python", "module": "writing_control"}}""", """, "secrets": {"group": {"token": "a-secret"}}""");

        var changes = await controls.BeforeAsync(Experiment, Stop);
        var seen = await python.CallAsync("writing_control", "look_at_object", context: new ActivityContext { Configuration = changes.Configuration! });

        Assert.False(changes.Configuration!.ContainsKey("object"));
        Assert.Equal("Handler", (string)seen!);
    }

    [Theory]
    [InlineData("fail", "", "CRT2343")]
    [InlineData("interrupt", "the control has seen enough", "")]
    [InlineData("exit", "exit signal: we are done here", "")]
    [InlineData("die", "", "CRT2336")]
    public async Task What_a_control_raises_is_said_or_interrupts_and_what_it_wrote_before_counts(string what, string interrupt, string said)
    {
        await using var python = new Interpreters();
        using var controls = await ConfiguredAsync(python, Unruly(what));

        var changes = await controls.BeforeAsync(Method, Stop);

        Assert.Equal(interrupt, changes.Interrupt);
        Assert.Equal(what == "die" ? null : $"before {what}", (string?)changes.Configuration?["written"]);
        Assert.Equal(said.Length > 0, python.Said.Any(line => line.StartsWith("CRT2343", StringComparison.Ordinal) && line.Contains(said, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_control_that_leaves_ungracefully_ends_the_run_without_rollbacks()
    {
        await using var python = new Interpreters();
        RunInterruptedException? heard = null;
        python.Bridge.OnInterrupt = ended => heard = ended;
        using var controls = await ConfiguredAsync(python, Unruly("ungraceful"));

        var changes = await controls.BeforeAsync(Method, Stop);

        Assert.NotEqual("", changes.Interrupt);
        Assert.True(heard?.IsUngraceful);
    }

    [Fact]
    public async Task A_control_that_hangs_is_interrupted_named_and_keeps_the_run_from_going_on()
    {
        await using var python = new Interpreters();
        var options = new ControlOptions { HookMax = TimeSpan.FromSeconds(2), Log = python.Say };
        using var controls = await ConfiguredAsync(python, Unruly("hang"), options: options);

        var changes = await controls.BeforeAsync(Method, Stop);
        var again = await controls.BeforeAsync(Method, Stop);

        Assert.StartsWith("CRT2342 before_method_control of the control u took longer than 2s (CRATER_CONTROL_SECONDS)", changes.Interrupt, StringComparison.Ordinal);
        Assert.Equal("", again.Interrupt);
    }

    [Fact]
    public async Task Controls_of_the_settings_see_a_document_before_it_is_read()
    {
        await using var python = new Interpreters();
        var options = new ControlOptions { Global = ControlOptions.ReadGlobal(JsonNode.Parse("""{"u": {"provider": {"type": "python", "module": "unruly_control"}}}""") as JsonObject), Log = python.Say };
        using var loading = new LoadingControls(options, python.Bridge, TimeProvider.System);

        Assert.Equal("", await loading.BeforeAsync("e.yaml", Stop));
        Assert.Equal("", await loading.BeforeAsync("secret.yaml", Stop));
        Assert.Equal("loaded from e.yaml", (string)(await loading.AfterAsync("e.yaml", new JsonObject { ["title"] = "t" }, Stop))!["title"]!);
    }

    [Theory]
    [InlineData("wrong", "ValueError: there is nothing called wrong")]
    [InlineData("right", "")]
    public async Task A_controls_module_may_refuse_the_control(string what, string refusal)
    {
        await using var python = new Interpreters();

        Assert.Equal(refusal, python.Bridge.Refusal("unruly_control", (JsonObject)JsonNode.Parse(Unruly(what))!));
    }

    /// <summary>The order that was traced with the tool itself (docs/chaos-toolkit.md), for one hypothesis probe and one activity with a control of its own.</summary>
    [Fact]
    public async Task The_trace_of_a_run_is_that_of_the_toolkit()
    {
        await using var python = new Interpreters();
        var trace = Path.Combine(Directory.CreateTempSubdirectory("crater-python-").FullName, "trace");
        string Control(string name) => $$$$"""{"name": "{{{{name}}}}", "provider": {"type": "python", "module": "traced_control", "arguments": {"trace": "{{{{trace}}}}", "tag": "{{{{name}}}}"}}}""";
        var experiment = Read($$"""
            {"title": "t", "description": "d", "controls": [{{Control("t1")}}, {{Control("t2")}}],
             "method": [{"type": "action", "name": "does", "provider": {"type": "python", "module": "some_functions", "func": "pid"}, "controls": [{{Control("a")}}]}]}
            """);
        using var controls = (RunControls)RunControls.Of(experiment, new ControlOptions { Log = python.Say }, python.Bridge, TimeProvider.System);
        await controls.ConfigureAsync(Stop);
        await controls.BeforeAsync(Experiment, Stop);
        await controls.BeforeAsync(Method, Stop);
        await controls.BeforeAsync(Step(experiment, 0, null), Stop);
        await controls.AfterAsync(Step(experiment, 0, new JsonObject()), Stop);
        await controls.AfterAsync(Method with { State = new JsonArray() }, Stop);
        await controls.AfterAsync(Experiment with { State = new JsonObject() }, Stop);
        await controls.CleanUpAsync();

        var lines = (await File.ReadAllLinesAsync(trace, Stop)).Select(line => JsonNode.Parse(line)!).Select(line => $"{line["hook"]}:{line["tag"]}{(line["context"] is { } context ? $"({context})" : "")}");
        Assert.Equal([
            "configure:t1", "configure:t2", "configure:a",
            "before_experiment:t1(t)", "before_experiment:t2(t)",
            "before_method:t1(t)", "before_method:t2(t)",
            "before_activity:t1(does)", "before_activity:t2(does)", "before_activity:a(does)",
            "after_activity:t1(does)", "after_activity:t2(does)", "after_activity:a(does)",
            "after_method:t1(t)", "after_method:t2(t)",
            "after_experiment:t1(t)", "after_experiment:t2(t)",
            "cleanup:", "cleanup:", "cleanup:",
        ], lines);
    }

    private static Experiment Read(string json) => ExperimentReader.Read(json, DocumentFormat.Json, new ReadOptions()).OrThrow();

    private static ControlPoint Step(Experiment experiment, int index, JsonNode? state) => new(ControlLevel.Activity, experiment.Method[index], state);

    private static string Unruly(string what) => $$$$"""{"name": "u", "provider": {"type": "python", "module": "unruly_control", "arguments": {"what": "{{{{what}}}}"}}}""";

    private static async Task<RunControls> ConfiguredAsync(Interpreters python, string control, string more = "", ControlOptions? options = null)
    {
        var experiment = Read($$"""{"title": "t", "description": "d", "method": [], "controls": [{{control}}]{{more}}}""");
        var controls = (RunControls)RunControls.Of(experiment, options ?? new ControlOptions { Log = python.Say }, python.Bridge, TimeProvider.System);
        await controls.ConfigureAsync(Stop);
        return controls;
    }
}
