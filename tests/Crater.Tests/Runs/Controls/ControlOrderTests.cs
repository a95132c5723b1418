using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Controls;
using Xunit;

namespace Crater.Tests.Runs.Controls;

/// <summary>Which controls are called at a point, and in which order.</summary>
public sealed class ControlOrderTests
{
    private static readonly ControlPoint Experiment = new(ControlLevel.Experiment, null, null);
    private static readonly ControlPoint Hypothesis = new(ControlLevel.Hypothesis, null, null);
    private static readonly ControlPoint Method = new(ControlLevel.Method, null, null);

    [Fact]
    public async Task Controls_are_configured_in_the_order_in_which_they_appear_and_cleaned_up_once_per_name()
    {
        var traced = new Traced();
        using var controls = traced.Controls(Document(
            top: [Traced.Control("t1"), Traced.Control("t2")], probe: [Traced.Control("p"), Traced.Control("t1")], step: [Traced.Control("a")], hypothesis: [Traced.Control("h")]), global: Global("g"));

        await controls.ConfigureAsync(TestContext.Current.CancellationToken);
        await controls.CleanUpAsync();

        Assert.Equal(
            "Configure:g Configure:t1 Configure:t2 Configure:h Configure:p Configure:a CleanUp:t1 CleanUp:t2 CleanUp:h CleanUp:p CleanUp:a CleanUp:g",
            string.Join(' ', traced.Calls));
    }

    [Fact]
    public async Task The_settings_controls_come_first_around_the_experiment_and_after_as_before()
    {
        var traced = new Traced();
        using var controls = traced.Controls(Document(top: [Traced.Control("t1"), Traced.Control("t2", "automatic: false")]), global: Global("g"));

        Assert.Equal(
            "BeforeExperiment:g BeforeExperiment:t1 BeforeExperiment:t2 AfterExperiment:g AfterExperiment:t1 AfterExperiment:t2",
            await traced.PlayedAsync(controls, Experiment));
    }

    [Fact]
    public async Task Around_an_activity_the_top_level_comes_first_then_the_settings_then_its_own_each_once()
    {
        var traced = new Traced();
        var document = Document(top: [Traced.Control("t1"), Traced.Control("t2"), Traced.Control("not-inherited", "automatic: false")], step: [Traced.Control("a"), Traced.Control("b")]);
        using var controls = traced.Controls(document, global: Global("g"));

        Assert.Equal(
            "BeforeActivity:t1 BeforeActivity:t2 BeforeActivity:g BeforeActivity:a BeforeActivity:b AfterActivity:t1 AfterActivity:t2 AfterActivity:g AfterActivity:a AfterActivity:b",
            await traced.PlayedAsync(controls, Step(document)));
    }

    [Fact]
    public async Task The_hypothesis_has_its_own_after_those_of_the_top_level()
    {
        var traced = new Traced();
        using var controls = traced.Controls(Document(top: [Traced.Control("t")], hypothesis: [Traced.Control("h")]));

        Assert.Equal("BeforeHypothesis:t BeforeHypothesis:h AfterHypothesis:t AfterHypothesis:h", await traced.PlayedAsync(controls, Hypothesis));
    }

    [Theory]
    [InlineData(true, "BeforeMethod:t AfterMethod:t")]
    [InlineData(false, "BeforeMethod:g AfterMethod:g")]
    public async Task Around_the_method_the_settings_controls_give_way_to_the_documents(bool hasTop, string calls)
    {
        var traced = new Traced();
        using var controls = traced.Controls(Document(top: hasTop ? [Traced.Control("t"), Traced.Control("u", "automatic: false")] : []), global: Global("g"));

        Assert.Equal(calls, await traced.PlayedAsync(controls, Method));
    }

    [Fact]
    public async Task A_scope_is_the_only_time_at_which_a_control_is_called()
    {
        var traced = new Traced();
        using var controls = traced.Controls(Document(top: [Traced.Control("b", "scope: before"), Traced.Control("a", "scope: after")]));

        Assert.Equal("BeforeMethod:b AfterMethod:a", await traced.PlayedAsync(controls, Method));
    }

    [Fact]
    public async Task A_ref_means_the_control_of_the_top_level_which_is_called_once()
    {
        var traced = new Traced();
        var document = Document(
            top: [Traced.Control("t", "automatic: false"), Traced.Control("u")],
            step: ["{name: mine, ref: t, provider: {type: python, module: t}}", "{name: other, ref: u, provider: {type: python, module: own}}"]);
        using var controls = traced.Controls(document);

        Assert.Equal("BeforeActivity:other BeforeActivity:t BeforeActivity:u AfterActivity:other AfterActivity:t AfterActivity:u", await traced.PlayedAsync(controls, Step(document)));
    }

    [Fact]
    public async Task An_activitys_control_takes_the_place_of_one_of_the_top_level_with_its_name()
    {
        var traced = new Traced();
        var document = Document(top: [Traced.Control("same"), Traced.Control("t")], step: ["{name: same, provider: {type: python, module: mine}}"]);
        using var controls = traced.Controls(document);

        Assert.Equal("BeforeActivity:t BeforeActivity:same AfterActivity:t AfterActivity:same", await traced.PlayedAsync(controls, Step(document)));
    }

    [Fact]
    public async Task A_control_whose_module_cannot_be_used_is_never_called()
    {
        var traced = new Traced { Missing = { "gone" } };
        using var controls = traced.Controls(Document(top: [Traced.Control("gone"), Traced.Control("t")]), global: Global("gone"));

        Assert.Equal("BeforeMethod:t AfterMethod:t", await traced.PlayedAsync(controls, Method));
    }

    [Fact]
    public async Task One_that_cannot_be_configured_is_dropped_when_the_settings_declare_it_and_kept_when_the_document_does()
    {
        var traced = new Traced();
        traced.Does[("g", ControlHook.Configure)] = traced.Does[("t", ControlHook.Configure)] = (_, _) => new HookAnswer { Failure = "no" };
        using var controls = traced.Controls(Document(top: [Traced.Control("t")]), global: Global("g"));

        Assert.Equal("BeforeExperiment:t AfterExperiment:t", await traced.PlayedAsync(controls, Experiment));
    }

    [Fact]
    public async Task After_one_that_interrupts_no_other_is_called_at_that_point()
    {
        var traced = new Traced();
        traced.Does[("t1", ControlHook.BeforeMethod)] = (_, _) => new HookAnswer { Interrupt = "enough" };
        using var controls = traced.Controls(Document(top: [Traced.Control("t1"), Traced.Control("t2")]));

        Assert.Equal("BeforeMethod:t1 AfterMethod:t1 AfterMethod:t2", await traced.PlayedAsync(controls, Method));
    }

    private static Control[] Global(string name) => [new Control(name, name, new JsonObject())];

    private static ControlPoint Step(Experiment experiment) => new(ControlLevel.Activity, experiment.Method[0], null);

    private static Experiment Document(string[]? top = null, string[]? hypothesis = null, string[]? probe = null, string[]? step = null) => Traced.Read($$"""
        controls: {{List(top)}}
        steady-state-hypothesis:
          title: well
          controls: {{List(hypothesis)}}
          probes:
          - {type: probe, name: looks, provider: {{Provider}}, tolerance: true, controls: {{List(probe)}}}
        method:
        - {type: action, name: does, provider: {{Provider}}, controls: {{List(step)}}}
        """);

    private static string List(string[]? controls) => $"[{string.Join(", ", controls ?? [])}]";

    private const string Provider = "{type: python, module: time, func: sleep, arguments: {secs: 0}}";
}
