using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>What comes of a document, by situation and strategy: status, deviation, exit code, and which rollbacks are played.</summary>
public sealed class OutcomeTableTests
{
    /// <summary>Letters of <paramref name="played"/>: rollbacks under default, always, never, deviated; a dash where none are.</summary>
    [Theory]
    [InlineData("all fine", "ok p", "ok a", "completed", false, 0, "da--")]
    [InlineData("no hypothesis", "", "ok a", "completed", false, 0, "da--")]
    [InlineData("gate not met", "miss p", "ok a", "completed", false, 0, "da--")]
    [InlineData("gate failed", "fails p", "ok a", "failed", false, 1, "-a--")]
    [InlineData("after not met", "turns p", "ok a", "completed", true, 1, "da-v")]
    [InlineData("after failed", "dies p", "ok a", "failed", true, 1, "-a-v")]
    [InlineData("method failed", "ok p", "fails a, ok b", "completed", false, 0, "da--")]
    [InlineData("unexpected error", "ok p", "breaks a, ok b", "aborted", false, 1, "da--")]
    [InlineData("thrown error", "ok p", "throws a, ok b", "aborted", false, 1, "da--")]
    public void Each_situation_ends_as_the_table_says(string situation, string probes, string method, string status, bool deviated, int exit, string played)
    {
        foreach (var (strategy, letter) in new[] { (RollbackStrategy.Default, 'd'), (RollbackStrategy.Always, 'a'), (RollbackStrategy.Never, 'n'), (RollbackStrategy.Deviated, 'v') })
        {
            var run = new Rehearsal(probes.Replace("turns", "ok", StringComparison.Ordinal).Replace("dies", "ok", StringComparison.Ordinal), method, "ok r1, fails r2, ok r3", new RunManner { Rollbacks = strategy });
            if (probes.StartsWith("turns", StringComparison.Ordinal) || probes.StartsWith("dies", StringComparison.Ordinal))
            {
                Turning(run, isFailing: probes.StartsWith("dies", StringComparison.Ordinal));
            }

            run.Play();

            Assert.Equal((situation, status, deviated, exit), (situation, run.Outcome.Toolkit.Status, run.Outcome.Toolkit.Deviated, run.Outcome.Toolkit.ExitCode));
            Assert.Equal(played.Contains(letter, StringComparison.Ordinal) ? ["ok r1", "fails r2", "ok r3"] : [], run.Names("rollbacks"));
            Assert.Equal((status, deviated), (run.Journal["status"]!.GetValue<string>(), run.Journal["deviated"]!.GetValue<bool>()));
        }
    }

    [Theory]
    [InlineData(HypothesisStrategy.Default, true, true, false)]
    [InlineData(HypothesisStrategy.BeforeMethodOnly, true, false, false)]
    [InlineData(HypothesisStrategy.AfterMethodOnly, false, true, false)]
    [InlineData(HypothesisStrategy.DuringMethodOnly, false, false, true)]
    [InlineData(HypothesisStrategy.Continuously, true, true, true)]
    [InlineData(HypothesisStrategy.Skip, false, false, false)]
    public void The_hypothesis_is_checked_when_its_strategy_says_so(HypothesisStrategy strategy, bool before, bool after, bool during)
    {
        var states = new Rehearsal("ok p", "sleeps 2.5", manner: new RunManner { Hypothesis = strategy }).Play().Journal["steady_states"]!;

        Assert.Equal((before, after, during ? 3 : 0), (states["before"] is not null, states["after"] is not null, states["during"]!.AsArray().Count));
    }

    [Fact]
    public void The_gate_asks_in_order_and_stops_at_the_first_miss()
    {
        var run = new Rehearsal("ok p, miss q, ok r", "ok a").Play();

        var state = run.Journal["steady_states"]!["before"]!;
        Assert.Equal(["ok p", "miss q"], state["probes"]!.AsArray().Select(probe => probe!["activity"]!["name"]!.GetValue<string>()));
        Assert.Equal((false, true, false), (state["steady_state_met"]!.GetValue<bool>(), state["probes"]![0]!["tolerance_met"]!.GetValue<bool>(), state["probes"]![1]!["tolerance_met"]!.GetValue<bool>()));
        Assert.Equal("succeeded", state["probes"]![1]!["status"]!.GetValue<string>());
        Assert.Empty(run.Names("run"));
    }

    [Fact]
    public void A_miss_beside_the_method_changes_nothing_without_fail_fast()
    {
        var run = new Rehearsal("ok p", "sleeps 3, ok b", "ok r", new RunManner { Hypothesis = HypothesisStrategy.DuringMethodOnly });
        run.Answers["ok p"] = () => 1;

        run.Play();

        Assert.Equal(("completed", false), (run.Outcome.Toolkit.Status, run.Outcome.Toolkit.Deviated));
        Assert.Equal(["sleeps 3", "ok b"], run.Names("run"));
        Assert.Equal(["ok r"], run.Names("rollbacks"));
    }

    [Fact]
    public void Fail_fast_lets_the_current_activity_end_and_leaves_the_rest_out()
    {
        var run = new Rehearsal("ok p", "sleeps 3, ok b", "ok r", new RunManner { Hypothesis = HypothesisStrategy.DuringMethodOnly, FailFast = true });
        run.Answers["ok p"] = () => 1;

        run.Play();

        Assert.Equal(("failed", false, 1), (run.Outcome.Toolkit.Status, run.Outcome.Toolkit.Deviated, run.Outcome.Toolkit.ExitCode));
        Assert.Equal("succeeded", run.Entry("run", 0)["status"]!.GetValue<string>());
        Assert.Equal(["sleeps 3"], run.Names("run"));
        Assert.Empty(run.Names("rollbacks"));
        Assert.Single(run.Journal["steady_states"]!["during"]!.AsArray());
    }

    [Theory]
    [InlineData(false, "failed", false)]
    [InlineData(true, "completed", true)]
    public void After_a_fast_failure_a_continuous_hypothesis_is_checked_once_more(bool missesAfter, string status, bool deviated)
    {
        var run = new Rehearsal("ok p", "sleeps 3", "", new RunManner { Hypothesis = HypothesisStrategy.Continuously, FailFast = true });
        var asked = 0;
        run.Answers["ok p"] = () => ++asked switch { 2 => 1, 3 when missesAfter => 1, _ => 0 };

        run.Play();

        Assert.Equal((status, deviated), (run.Outcome.Toolkit.Status, run.Outcome.Toolkit.Deviated));
    }

    [Theory]
    [InlineData(DryStrategy.Actions, "ok p, ok p")]
    [InlineData(DryStrategy.Probes, "sleeps 5, ok r")]
    [InlineData(DryStrategy.Activities, "")]
    [InlineData(DryStrategy.Pause, "ok p, sleeps 5, ok p, ok r")]
    public void A_rehearsal_leaves_out_what_its_strategy_names(DryStrategy dry, string acts)
    {
        var run = new Rehearsal("ok p", "sleeps 5", "ok r", new RunManner { Dry = dry });
        run.Experiment = run.Experiment with { Method = [.. run.Experiment.Method.Select(one => one with { PauseAfter = TimeSpan.FromMinutes(9) })] };

        run.Play();

        Assert.Equal(acts, string.Join(", ", run.Acts));
        Assert.Equal(("completed", "succeeded"), (run.Outcome.Toolkit.Status, run.Entry("run", 0)["status"]!.GetValue<string>()));
        Assert.Equal(dry == DryStrategy.Probes, run.Time.Now > TimeSpan.FromMinutes(9));
        Assert.Equal(StrategyNames.Dry.Single(one => one.Value == dry).Key, run.Journal["experiment"]!["dry"]!.GetValue<string>());
    }

    [Fact]
    public void An_activity_with_a_dry_of_its_own_is_played_in_a_rehearsal_too_and_pauses()
    {
        var run = new Rehearsal("", "ok a, ok b", "", new RunManner { Dry = DryStrategy.Activities });
        run.Experiment = run.Experiment with { Method = [run.Experiment.Method[0] with { IgnoresDry = true, PauseAfter = TimeSpan.FromMinutes(9) }, run.Experiment.Method[1]] };

        run.Play();

        Assert.Equal(["ok a"], run.Acts);
        Assert.True(run.Time.Now >= TimeSpan.FromMinutes(9));
    }

    [Fact]
    public void A_rehearsal_without_probes_takes_every_tolerance_for_met()
    {
        var run = new Rehearsal("miss p", "ok a", "", new RunManner { Dry = DryStrategy.Probes }).Play();

        Assert.True(run.Journal["steady_states"]!["before"]!["steady_state_met"]!.GetValue<bool>());
        Assert.Null(run.Journal["steady_states"]!["before"]!["probes"]![0]!["output"]);
    }

    [Fact]
    public void The_background_is_waited_for_and_stands_where_it_began()
    {
        var run = new Rehearsal("ok p", "sleeps 9 &, ok b", "sleeps 4 &, ok r").Play();

        Assert.Equal(["sleeps 9", "ok b"], run.Names("run"));
        Assert.Equal(["sleeps 4", "ok r"], run.Names("rollbacks"));
        Assert.All(new[] { run.Entry("run", 0), run.Entry("rollbacks", 0) }, entry => Assert.Equal("succeeded", entry["status"]!.GetValue<string>()));
        Assert.True(run.Entry("run", 1)["duration"]!.GetValue<double>() < 1);
    }

    [Fact]
    public void An_unexpected_error_in_the_method_waits_for_the_background_and_asks_no_hypothesis()
    {
        var run = new Rehearsal("ok p", "sleeps 9 &, breaks b, ok c").Play();

        Assert.Equal("succeeded", run.Entry("run", 0)["status"]!.GetValue<string>());
        Assert.False(run.Entry("run", 1).ContainsKey("status"));
        Assert.Equal(["sleeps 9", "breaks b"], run.Names("run"));
        Assert.Null(run.Journal["steady_states"]!["after"]);
    }

    [Fact]
    public void A_broken_ref_in_the_rollbacks_fails_there_aborts_the_run_and_leaves_no_other_rollback_out()
    {
        var run = new Rehearsal("ok p", "ok a", "ok r1, ok r2");
        run.Experiment = run.Experiment with { Rollbacks = [run.Experiment.Rollbacks[0] with { BrokenRef = "nobody" }, run.Experiment.Rollbacks[1]] };

        run.Play();

        Assert.Equal(("aborted", 1), (run.Outcome.Toolkit.Status, run.Outcome.Toolkit.ExitCode));
        Assert.Equal(["failed", "succeeded"], run.Journal["rollbacks"]!.AsArray().Select(entry => entry!["status"]!.GetValue<string>()));
        Assert.Contains("CRT2320", run.Entry("rollbacks", 0)["exception"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_without_injections_says_nothing_of_injecting() =>
        Assert.DoesNotContain(new Rehearsal("ok p", "ok a").Play().Memory.Read(), entry => entry is PhaseEntered { Phase: RunPhase.Injecting or RunPhase.Watching or RunPhase.Recovering });

    private static void Turning(Rehearsal run, bool isFailing)
    {
        var asked = 0;
        run.Answers["ok p"] = () => asked++ == 0 ? 0 : isFailing ? throw Rehearsal.Failing : 1;
    }
}
