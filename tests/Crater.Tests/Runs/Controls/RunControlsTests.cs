using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;
using Crater.Runs.Controls;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Runs.Controls;

/// <summary>What controls are shown, and what becomes of what they do.</summary>
public sealed class RunControlsTests
{
    private const string Document = """
        configuration: {wait: 1, name: carts}
        secrets: {group: {token: a-secret}}
        controls: [{name: c, provider: {type: python, module: c, arguments: {text: "of ${name}", whole: "${wait}"}}}]
        method:
        - {type: action, name: first, provider: {type: python, module: time, func: sleep, arguments: {secs: 0}}, pauses: {after: "${wait}"}}
        - {type: action, name: second, provider: {type: python, module: time, func: sleep, arguments: {secs: 0}}}
        """;

    private static readonly ControlPoint Method = new(ControlLevel.Method, null, null);

    [Fact]
    public async Task Variables_are_put_into_arguments_at_each_hook_but_not_when_a_control_is_configured()
    {
        var traced = new Traced();
        List<string> seen = [];
        traced.Does[("c", ControlHook.Configure)] = traced.Does[("c", ControlHook.BeforeMethod)] = (call, _) => { seen.Add(call.Arguments.ToJsonString()); return HookAnswer.Nothing; };
        using var controls = traced.Controls(Traced.Read(Document));

        await traced.PlayedAsync(controls, Method);

        Assert.Equal(["""{"text":"of ${name}","whole":"${wait}"}""", """{"text":"of carts","whole":1}"""], seen);
    }

    [Fact]
    public async Task Configuration_that_a_control_changes_is_what_the_rest_of_the_run_sees()
    {
        var traced = new Traced();
        traced.Does[("c", ControlHook.BeforeMethod)] = (_, document) => Traced.Write(document, LivingDocument.ConfigurationPart, all => { all["wait"] = 7; all["new"] = "x"; });
        using var controls = await ConfiguredAsync(traced);

        var changes = await controls.BeforeAsync(Method, TestContext.Current.CancellationToken);
        var later = await controls.AfterAsync(Method, TestContext.Current.CancellationToken);

        Assert.Equal(7, (int)changes.Configuration!["wait"]!);
        Assert.Equal("x", (string)changes.Configuration["new"]!);
        Assert.Equal(TimeSpan.FromSeconds(7), changes.Experiment!.Method[0].PauseAfter);
        Assert.Same(ControlChanges.None.Configuration, later.Configuration);
    }

    [Fact]
    public async Task Secrets_that_a_control_changes_are_masked_from_then_on()
    {
        var traced = new Traced();
        traced.Does[("c", ControlHook.BeforeMethod)] = (_, document) => Traced.Write(document, LivingDocument.SecretsPart, all => all["group"]!["token"] = "another");
        using var controls = await ConfiguredAsync(traced);

        var changes = await controls.BeforeAsync(Method, TestContext.Current.CancellationToken);

        Assert.Equal("*****", changes.Secrets!.Mask("another"));
    }

    [Fact]
    public async Task An_activity_that_a_control_changes_is_read_again()
    {
        var traced = new Traced();
        traced.Does[("c", ControlHook.BeforeActivity)] = (call, document) => Traced.Write(document, LivingDocument.ExperimentPart, all => call.Context.In(all)!["provider"]!["arguments"]!["secs"] = 3);
        using var controls = await ConfiguredAsync(traced);

        var changes = await controls.BeforeAsync(new ControlPoint(ControlLevel.Activity, Traced.Read(Document).Method[1], null), TestContext.Current.CancellationToken);

        Assert.Equal("method[1]", changes.Activity!.Place);
        Assert.Equal(3, (long)((PythonProvider)changes.Activity.Provider).Arguments["secs"]!);
        Assert.Equal(0, (long)((PythonProvider)changes.Experiment!.Method[0].Provider).Arguments["secs"]!);
    }

    [Fact]
    public async Task Activities_that_a_control_puts_into_the_method_are_a_part_of_it()
    {
        var traced = new Traced();
        traced.Does[("c", ControlHook.AfterActivity)] = (_, document) => Traced.Write(document, LivingDocument.ExperimentPart, all => ((JsonArray)all["method"]!).Insert(1, all["method"]![0]!.DeepClone()));
        using var controls = await ConfiguredAsync(traced);

        var changes = await controls.AfterAsync(new ControlPoint(ControlLevel.Activity, Traced.Read(Document).Method[0], new JsonObject()), TestContext.Current.CancellationToken);

        Assert.Equal(["first", "first", "second"], changes.Experiment!.Method.Select(activity => activity.Name));
    }

    [Fact]
    public async Task What_cannot_be_played_is_said_and_not_taken_over()
    {
        var traced = new Traced();
        List<PythonLine> said = [];
        traced.Does[("c", ControlHook.BeforeMethod)] = (_, document) => Traced.Write(document, LivingDocument.ExperimentPart, all => all["method"] = "nothing");
        using var controls = new RunControls(Traced.Read(Document), new ControlOptions { Log = said.Add }, traced, TimeProvider.System);
        await controls.ConfigureAsync(TestContext.Current.CancellationToken);

        var changes = await controls.BeforeAsync(Method, TestContext.Current.CancellationToken);

        Assert.Null(changes.Experiment);
        Assert.StartsWith("CRT2344", Assert.Single(said).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_goes_from_one_control_to_the_next_and_back_into_the_journal()
    {
        var traced = new Traced();
        traced.Does[("c", ControlHook.AfterMethod)] = (call, _) => new HookAnswer { State = new JsonArray(call.State!.DeepClone(), "c was here") };
        using var controls = await ConfiguredAsync(traced);

        var changes = await controls.AfterAsync(Method with { State = new JsonArray() }, TestContext.Current.CancellationToken);

        Assert.Equal("""[[],"c was here"]""", changes.State!.ToJsonString());
    }

    [Fact]
    public async Task Failures_are_said_and_change_nothing()
    {
        var traced = new Traced();
        traced.Does[("c", ControlHook.BeforeMethod)] = (_, _) => new HookAnswer { Failure = "KeyError: 'x'" };
        using var controls = await ConfiguredAsync(traced);

        Assert.Equal("", (await controls.BeforeAsync(Method, TestContext.Current.CancellationToken)).Interrupt);
    }

    [Theory]
    [InlineData(ControlHook.BeforeMethod, true)]
    [InlineData(ControlHook.AfterMethod, false)]
    [InlineData(ControlHook.BeforeRollback, false)]
    public async Task A_hook_that_hangs_interrupts_only_where_the_run_waits_for_its_word_and_is_not_called_again(ControlHook hook, bool interrupts)
    {
        var traced = new Traced { Hangs = { ("c", hook) } };
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        using var controls = traced.Controls(Traced.Read(Document), clock);
        await controls.ConfigureAsync(TestContext.Current.CancellationToken);
        var point = new ControlPoint(hook == ControlHook.BeforeRollback ? ControlLevel.Rollback : ControlLevel.Method, null, null);

        var call = hook == ControlHook.AfterMethod ? controls.AfterAsync(point, TestContext.Current.CancellationToken) : controls.BeforeAsync(point, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMinutes(6));
        var changes = await call;
        traced.Calls.Clear();
        await controls.BeforeAsync(new ControlPoint(ControlLevel.Hypothesis, null, null), TestContext.Current.CancellationToken);

        Assert.Equal(interrupts, changes.Interrupt.Length > 0);
        Assert.Empty(traced.Calls);
    }

    [Fact]
    public async Task A_person_who_aborts_does_not_wait_for_a_control()
    {
        var traced = new Traced { Hangs = { ("c", ControlHook.BeforeMethod), ("c", ControlHook.AfterMethod) } };
        using var controls = await ConfiguredAsync(traced);
        using var abort = new CancellationTokenSource();
        var before = controls.BeforeAsync(Method, abort.Token);
        var after = controls.AfterAsync(Method, abort.Token);

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => before);
        Assert.Equal(ControlChanges.None, await after);
    }

    [Fact]
    public async Task A_native_control_is_called_in_the_place_of_its_module_and_writes_into_the_living_document()
    {
        var native = new Native();
        using var controls = new RunControls(Traced.Read(Document), new ControlOptions { Natives = [native] }, python: null, TimeProvider.System);
        await controls.ConfigureAsync(TestContext.Current.CancellationToken);

        var changes = await controls.BeforeAsync(new ControlPoint(ControlLevel.Activity, Traced.Read(Document).Method[1], null), TestContext.Current.CancellationToken);

        Assert.Equal("set by second", (string)changes.Configuration!["name"]!);
        Assert.Equal("from inside", changes.Interrupt);
    }

    [Fact]
    public async Task A_control_without_an_interpreter_is_said_and_the_run_goes_on_without_it()
    {
        List<PythonLine> said = [];
        using var controls = new RunControls(Traced.Read(Document), new ControlOptions { Log = said.Add }, python: null, TimeProvider.System);

        await controls.ConfigureAsync(TestContext.Current.CancellationToken);

        Assert.Equal(ControlChanges.None, await controls.BeforeAsync(Method, TestContext.Current.CancellationToken));
        Assert.StartsWith("CRT2340", Assert.Single(said).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_without_controls_has_none_to_be_called() =>
        Assert.Same(NoControls.Instance, RunControls.Of(Traced.Read("method: []"), new ControlOptions(), python: null, TimeProvider.System));

    [Fact]
    public void Controls_of_the_settings_are_read_by_name()
    {
        var controls = ControlOptions.ReadGlobal(JsonNode.Parse("""
            {"a": {"provider": {"type": "python", "module": "m", "arguments": {"x": 1}}, "scope": "after", "automatic": false}, "b": {"provider": {"type": "http"}}, "c": 1}
            """) as JsonObject);

        var control = Assert.Single(controls);
        Assert.Equal(("a", "m", ControlScope.After, false, 1), (control.Name, control.Module, control.Scope, control.IsAutomatic, (int)control.Arguments["x"]!));
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("0.5", 0.5)]
    [InlineData("", 300)]
    [InlineData("-1", 300)]
    [InlineData("soon", 300)]
    public void How_long_a_hook_may_take_is_set_in_seconds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ControlOptions.FromEnvironment(text));

    private static async Task<RunControls> ConfiguredAsync(Traced traced)
    {
        var controls = traced.Controls(Traced.Read(Document));
        await controls.ConfigureAsync(TestContext.Current.CancellationToken);
        return controls;
    }

    private sealed class Native : INativeControl
    {
        public string Module => "c";

        public Task CallAsync(ControlHook hook, ControlCall call, CancellationToken abort)
        {
            if (hook == ControlHook.BeforeActivity)
            {
                call.Configuration["name"] = $"set by {call.Context!["name"]}";
                throw new RunInterruptedException("from inside", isUngraceful: false);
            }

            return Task.CompletedTask;
        }
    }
}
