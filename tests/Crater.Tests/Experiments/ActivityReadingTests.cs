using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ActivityReadingTests
{
    [Fact]
    public void Every_activity_knows_where_it_stands()
    {
        var experiment = ReaderTesting.Read("""
            title: t
            configuration: {c: {type: probe, provider: {type: process, path: "true"}}}
            steady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: {type: probe, name: i, provider: {type: process, path: "true", arguments: []}}, provider: {type: process, path: "true"}}]}
            method: [{type: action, name: a, provider: {type: process, path: "true"}}, {ref: p}]
            rollbacks: [{ref: a}]
            """).OrThrow();
        Assert.Equal(["method[0]", "method[1]"], experiment.Method.Select(activity => activity.Place));
        Assert.Equal("rollbacks[0]", Assert.Single(experiment.Rollbacks).Place);
        Assert.Equal("configuration.c", Assert.Single(experiment.Dynamic).Probe.Place);
        var probe = Assert.Single(experiment.Hypothesis!.Probes);
        Assert.Equal("steady-state-hypothesis.probes[0]", probe.Place);
        Assert.Equal("steady-state-hypothesis.probes[0].tolerance", Assert.IsType<ProbeTolerance>(probe.Tolerance).Probe.Place);
    }

    [Theory]
    [InlineData("hypothesis: {strategy: after-method-only}", HypothesisStrategy.AfterMethodOnly, RollbackStrategy.Default)]
    [InlineData("rollbacks: {strategy: deviated}", HypothesisStrategy.Default, RollbackStrategy.Deviated)]
    [InlineData("hypothesis: {strategy: skip}, rollbacks: {strategy: never}", HypothesisStrategy.Skip, RollbackStrategy.Never)]
    public void The_strategies_of_the_document_are_read(string runtime, HypothesisStrategy hypothesis, RollbackStrategy rollbacks)
    {
        var experiment = ReaderTesting.Read($"title: t\nmethod: []\nruntime: {{{runtime}}}").OrThrow();
        Assert.Equal(((HypothesisStrategy?)hypothesis, (RollbackStrategy?)rollbacks), (experiment.HypothesisStrategy, experiment.RollbackStrategy));
    }

    [Fact]
    public void A_document_without_runtime_leaves_the_strategies_to_others()
    {
        var experiment = ReaderTesting.Read("title: t\nmethod: []").OrThrow();
        Assert.Equal((null, null), (experiment.HypothesisStrategy, experiment.RollbackStrategy));
    }

    [Fact]
    public void Of_two_with_one_name_a_ref_means_the_one_of_the_hypothesis()
    {
        var experiment = ReaderTesting.Read("""
            title: t
            steady-state-hypothesis: {title: h, probes: [{type: probe, name: x, tolerance: 0, provider: {type: process, path: "false"}}]}
            method: [{type: action, name: x, provider: {type: process, path: "true"}}, {ref: x}]
            """).OrThrow();
        Assert.Equal("false", ((ProcessProvider)experiment.Method[1].Provider).Path);
    }

    [Fact]
    public void A_ref_in_the_hypothesis_has_a_tolerance_of_its_own()
    {
        const string Yaml = """
            title: t
            steady-state-hypothesis: {title: h, probes: [{ref: a, tolerance: 3}]}
            method: [{type: probe, name: a, background: true, provider: {type: process, path: "true"}}]
            """;
        var probe = Assert.Single(ReaderTesting.Read(Yaml).OrThrow().Hypothesis!.Probes);
        Assert.Equal("3", Assert.IsType<ScalarTolerance>(probe.Tolerance).Value!.ToJsonString());
        Assert.Contains("CRT2041", ReaderTesting.Read(Yaml.Replace(", tolerance: 3", "", StringComparison.Ordinal)).Errors.Select(problem => problem.Code));
    }

    [Fact]
    public void A_ref_says_itself_whether_it_runs_in_the_background()
    {
        var experiment = ReaderTesting.Read("""
            title: t
            method:
              - {type: probe, name: a, background: true, provider: {type: process, path: "true"}}
              - {ref: a}
              - {ref: a, background: true}
            """).OrThrow();
        Assert.Equal([true, false, true], experiment.Method.Select(activity => activity.Background));
    }

    [Fact]
    public void A_ref_of_the_rollbacks_that_names_nothing_is_warned_about_and_kept()
    {
        var reading = ReaderTesting.Read("title: t\nmethod: []\nrollbacks:\n- {ref: gone}\n- {type: action, name: b, provider: {type: process, path: 'true'}}\n- {ref: b}");
        Assert.Equal(["gone", "", "b"], reading.OrThrow().Rollbacks.Select(activity => activity.BrokenRef));
        Assert.Equal([4, 6], reading.Problems.Where(problem => problem is { Code: "CRT2044", IsWarning: true }).Select(problem => problem.Line));
    }

    [Theory]
    [InlineData("'true'", true)]
    [InlineData("false", true)]
    [InlineData("null", true)]
    public void A_dry_of_its_own_keeps_an_activity_out_of_every_rehearsal(string dry, bool expected) =>
        Assert.Equal(expected, ReaderTesting.Read($"title: t\nmethod: [{{type: action, name: a, dry: {dry}, provider: {{type: process, path: 'true'}}}}]").OrThrow().Method[0].IgnoresDry);

    [Fact]
    public void Dynamic_entries_are_read_in_order_and_see_only_the_keys_above_them()
    {
        var reading = ReaderTesting.Read("""
            title: t
            secrets: {g: {token: {type: env, key: TOKEN}}}
            configuration:
              a: 1
              first: {type: probe, provider: {type: process, path: echo, arguments: "${a} ${token} ${b}"}}
              b: 2
              second: {type: probe, name: named, provider: {type: python, module: os.path, func: exists, arguments: {path: "${b}${first}"}}}
            method: [{type: action, name: x, pauses: {after: "${first}"}, provider: {type: process, path: "true"}}]
            """);
        var experiment = reading.OrThrow();
        Assert.Equal([("first", "first"), ("second", "named")], experiment.Dynamic.Select(entry => (entry.Key, entry.Probe.Name)));
        Assert.Equal(["g"], ((PythonProvider)experiment.Dynamic[1].Probe.Provider).Secrets);
        var warning = Assert.Single(reading.Problems, problem => problem.Code == "CRT2027");
        Assert.Contains("further down", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_probe_gave_is_read_as_a_literal()
    {
        const string Yaml = "title: t\nconfiguration: {wait: {type: probe, provider: {type: process, path: echo}}}\nmethod: [{type: action, name: x, pauses: {after: '${wait}'}, provider: {type: process, path: 'true'}}]";
        var experiment = ReaderTesting.Read(Yaml, ReaderTesting.Options with { Resolved = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["wait"] = 7 } }).OrThrow();
        Assert.Empty(experiment.Dynamic);
        Assert.Equal(TimeSpan.FromSeconds(7), experiment.Method[0].PauseAfter);
    }

    [Theory]
    [InlineData("retry: {attempts: 3, every: 2s}", 3, 2)]
    [InlineData("retry: {attempts: 1}", 1, 1)]
    public void A_probe_may_be_played_again(string retry, int attempts, int every)
    {
        var probe = ReaderTesting.Read($"title: t\nmethod: [{{type: probe, name: p, {retry}, provider: {{type: process, path: 'true'}}}}]").OrThrow().Method[0];
        Assert.Equal(new Retry(attempts, TimeSpan.FromSeconds(every)), probe.Retry);
    }

    [Fact]
    public void A_probe_may_be_asked_until_its_value_is_in_a_tolerance()
    {
        var probe = ReaderTesting.Read("title: t\nmethod: [{type: probe, name: p, until: {tolerance: 0, timeout: 5m}, provider: {type: process, path: 'true'}}]").OrThrow().Method[0];
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1)), (probe.Until!.Timeout, probe.Until.Every));
        Assert.IsType<ScalarTolerance>(probe.Until.Tolerance);
    }

    [Theory]
    [InlineData("retry: 3")]
    [InlineData("retry: {}")]
    [InlineData("retry: {attempts: 0}")]
    [InlineData("until: {timeout: 3}")]
    [InlineData("until: {tolerance: 0, every: 0}")]
    public void Patience_that_makes_no_sense_is_refused(string patience) => Assert.Contains("CRT2047",
        ReaderTesting.Read($"title: t\nmethod: [{{type: probe, name: p, {patience}, provider: {{type: process, path: 'true'}}}}]").Errors.Select(problem => problem.Code));

    [Fact]
    public void An_action_is_never_played_again() => Assert.Contains("CRT2047",
        ReaderTesting.Read("title: t\nmethod: [{type: action, name: p, retry: {attempts: 2}, provider: {type: process, path: 'true'}}]").Errors.Select(problem => problem.Code));
}
