using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>People and signals that end a run of plain activities.</summary>
public sealed class InterruptionTests
{
    [Theory]
    [InlineData(RollbackStrategy.Default, false)]
    [InlineData(RollbackStrategy.Always, true)]
    public void A_signal_cuts_the_activity_skips_the_rest_and_rolls_back_by_strategy(RollbackStrategy strategy, bool isRolledBack)
    {
        var run = new Rehearsal("ok p", "sleeps 60, ok b", "ok r", new RunManner { Rollbacks = strategy });
        run.AbortAt(2);

        run.Play();

        var cut = run.Entry("run", 0);
        Assert.Equal(["activity", "output", "start", "end", "duration"], cut.Select(pair => pair.Key));
        Assert.Null(cut["output"]);
        Assert.Equal(2, cut["duration"]!.GetValue<double>(), 1);
        Assert.Equal(("interrupted", false, 1), (run.Outcome.Toolkit.Status, run.Outcome.Toolkit.Deviated, run.Outcome.Toolkit.ExitCode));
        Assert.Equal(["sleeps 60"], run.Names("run"));
        Assert.Equal(isRolledBack ? ["ok r"] : [], run.Names("rollbacks"));
        Assert.Null(run.Journal["steady_states"]!["after"]);
    }

    [Fact]
    public void What_is_in_the_background_is_waited_for_when_asked_gracefully()
    {
        var run = new Rehearsal("", "sleeps 30 &, sleeps 60");
        run.AbortAt(2);

        Assert.Equal("succeeded", run.Play().Entry("run", 0)["status"]!.GetValue<string>());
        Assert.False(run.Entry("run", 1).ContainsKey("status"));
    }

    [Fact]
    public void A_second_request_waits_no_longer()
    {
        var run = new Rehearsal("", "sleeps 3000 &, sleeps 60");
        run.AbortAt(2);
        run.AbortAt(4);

        run.Play();

        Assert.False(run.Entry("run", 0).ContainsKey("status"));
        Assert.True(run.Time.Now < TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void An_ungraceful_request_cuts_the_background_and_never_rolls_back()
    {
        var run = new Rehearsal("", "sleeps 30 &, sleeps 60", "ok r", new RunManner { Rollbacks = RollbackStrategy.Always });
        run.AbortAt(2, isUngraceful: true);

        run.Play();

        Assert.All(run.Journal["run"]!.AsArray(), entry => Assert.False(entry!.AsObject().ContainsKey("status")));
        Assert.Empty(run.Names("rollbacks"));
        Assert.Equal("interrupted", run.Outcome.Toolkit.Status);
    }

    [Fact]
    public void A_signal_during_the_rollbacks_skips_those_that_are_left()
    {
        var run = new Rehearsal("", "ok a", "sleeps 60, ok r");
        run.AbortAt(2);

        run.Play();

        Assert.Equal(["sleeps 60"], run.Names("rollbacks"));
        Assert.Equal("interrupted", run.Outcome.Toolkit.Status);
    }

    [Fact]
    public void Rollbacks_that_follow_an_interruption_are_interrupted_by_the_next_request_alone()
    {
        var run = new Rehearsal("", "sleeps 60", "sleeps 10, sleeps 20, ok r", new RunManner { Rollbacks = RollbackStrategy.Always });
        run.AbortAt(2);
        run.AbortAt(20);

        Assert.Equal(["sleeps 10", "sleeps 20"], run.Play().Names("rollbacks"));
    }

    [Fact]
    public void An_interruption_at_the_gate_plays_nothing()
    {
        var run = new Rehearsal("sleeps 60", "ok a");
        run.AbortAt(2);

        run.Play();

        Assert.Empty(run.Names("run"));
        Assert.Null(run.Journal["steady_states"]!["before"]);
    }

    [Fact]
    public void A_request_that_ends_the_run_before_it_returns_is_no_error()
    {
        var abort = new AbortSignal();
        abort.Requested += (_, _) => abort.Dispose();

        abort.Request("SIGINT", "stop");

        Assert.Equal("SIGINT", abort.By);
    }

    [Fact]
    public void The_document_s_own_code_may_ask_for_the_end()
    {
        var run = new Rehearsal("", "ok a, ok b", "ok r");
        run.Answers["ok a"] = () => throw new RunInterruptedException("enough", isUngraceful: false);

        run.Play();

        Assert.Equal(["ok a"], run.Names("run"));
        Assert.Equal("interrupted", run.Outcome.Toolkit.Status);
        Assert.Contains(run.Outcome.Reasons, reason => reason.Contains("enough", StringComparison.Ordinal));
    }

    [Fact]
    public void An_intent_that_cannot_be_written_is_not_acted_on_and_the_run_aborts()
    {
        var run = new Rehearsal("", "ok a, ok b", "ok r") { Memory = { Room = 4 } };

        run.Play();

        Assert.DoesNotContain("ok b", run.Acts);
        Assert.Contains("ok r", run.Acts);
        Assert.Equal("aborted", run.Outcome.Toolkit.Status);
        Assert.NotEqual("", run.Outcome.JournalFailure);
    }
}
