using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ControlReadingTests
{
    private const string Levels = """
        title: t
        controls:
          - {name: top, provider: {type: python, module: a.b, arguments: {x: "${y}"}}, scope: before, automatic: false}
        steady-state-hypothesis:
          title: h
          controls: [{name: hypo, provider: {type: python, module: c}}]
          probes: [{type: probe, name: p, tolerance: 0, provider: {type: process, path: "true"}, controls: [{name: own, ref: top, provider: {type: python, module: a.b}}]}]
        method: [{type: action, name: a, provider: {type: process, path: "true"}, controls: [{name: act, scope: after, provider: {type: python, module: d}}]}]
        """;

    [Fact]
    public void Controls_are_read_at_every_level_with_their_rules()
    {
        var experiment = ReaderTesting.Read(Levels).OrThrow();
        var top = Assert.Single(experiment.Controls);
        Assert.Equal(("top", "a.b", "${y}", ControlScope.Before, false), (top.Name, top.Module, (string?)top.Arguments["x"], top.Scope, top.IsAutomatic));
        var hypothesis = Assert.Single(experiment.Hypothesis!.Controls);
        Assert.Equal(("hypo", null, true, ""), (hypothesis.Name, hypothesis.Scope, hypothesis.IsAutomatic, hypothesis.Ref));
        Assert.Equal(("own", "top"), experiment.Hypothesis.Probes[0].Controls.Select(control => (control.Name, control.Ref)).Single());
        Assert.Equal(ControlScope.After, Assert.Single(experiment.Method[0].Controls).Scope);
    }

    [Theory]
    [InlineData("[3]", "CRT2087")]
    [InlineData("[{provider: {type: python, module: m}}]", "CRT2087")]
    [InlineData("[{name: c}]", "CRT2087")]
    [InlineData("[{name: c, provider: {type: python}}]", "CRT2087")]
    [InlineData("[{name: c, scope: post, provider: {type: python, module: m}}]", "CRT2087")]
    [InlineData("[{name: c, ref: nobody, provider: {type: python, module: m}}]", "CRT2088")]
    public void A_control_that_chaos_toolkit_refuses_is_refused(string controls, string code) =>
        Assert.Contains(code, ReaderTesting.Read($"title: t\nmethod: []\ncontrols: {controls}").Errors.Select(problem => problem.Code));

    [Fact]
    public void A_ref_may_name_a_control_that_is_declared_further_down() => ReaderTesting.Read("""
        title: t
        controls: [{name: first, ref: later, provider: {type: python, module: m}}]
        method: [{type: action, name: a, provider: {type: process, path: "true"}, controls: [{name: later, provider: {type: python, module: m}}]}]
        """).OrThrow();

    [Fact]
    public void A_control_in_another_language_is_warned_about_and_never_called() =>
        Assert.Contains(ReaderTesting.Read("title: t\nmethod: []\ncontrols: [{name: c, provider: {type: http}}]").Problems, problem => problem is { Code: "CRT2089", IsWarning: true });

    [Fact]
    public void A_module_that_does_not_import_is_a_warning_alone()
    {
        var options = ReaderTesting.Options with { Python = (module, function) => new PythonSignature { Problem = $"no module {module}" } };
        var reading = ReaderTesting.Read("title: t\nmethod: []\ncontrols: [{name: c, provider: {type: python, module: nowhere}}]", options);
        Assert.Contains(reading.Problems, problem => problem is { Code: "CRT2089", IsWarning: true } && problem.Message.Contains("nowhere", StringComparison.Ordinal));
        Assert.Single(reading.OrThrow().Controls);
    }
}
