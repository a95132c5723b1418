using Crater.Cli.Chaos.Log;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

/// <summary>The lines that people grep for, in the order of that tool's stations.</summary>
public sealed class RunLogTests
{
    private static readonly Activity Look = Step("look", "steady-state-hypothesis.probes[0]", isProbe: true);

    private static readonly Experiment Document = new()
    {
        Title = "T",
        Source = "",
        SourceFormat = "yaml",
        Hypothesis = new SteadyStateHypothesis("well", [Look]),
        Method = [Step("act", "method[0]", isProbe: false), Step("ask", "method[1]", isProbe: true) with { Background = true }],
        Rollbacks = [Step("undo", "rollbacks[0]", isProbe: false)],
    };

    [Fact]
    public void A_run_that_deviates_is_told_station_by_station() => Assert.Equal(
        [
            "Running experiment: T", "Steady-state strategy: default", "Rollbacks strategy: default",
            "Steady state hypothesis: well", "Probe: look", "Steady state hypothesis is met!",
            "Playing your experiment's method now...", "Action: act", "Probe: ask [in background]",
            "This process returned a non-zero exit code. This may indicate some error and not what you expected.", "  => failed: CRT1 no",
            "Steady state hypothesis: well", "Probe: look", "Steady state probe 'look' is not in the given tolerance so failing this experiment",
            "Let's rollback...", "Rollback: undo", "Action: undo",
            "Experiment ended with status: deviated", "The steady-state has deviated, a weakness may have been discovered",
        ],
        Said(new RunManner(), new ToolkitOutcome(ToolkitOutcome.Completed, Deviated: true),
            Measured(ProbeMoment.Before, met: true), new HypothesisChecked(ProbeMoment.Before, true),
            new PhaseEntered(RunPhase.Playing), Started("act", "method[0]"), Started("ask", "method[1]"),
            Finished("act", "method[0]", "succeeded", """{"status":1,"stdout":"","stderr":""}"""), Finished("ask", "method[1]", "failed", "CRT1 no"),
            Measured(ProbeMoment.After, met: false), new HypothesisChecked(ProbeMoment.After, false),
            new PhaseEntered(RunPhase.RollingBack), Started("undo", "rollbacks[0]"), Finished("undo", "rollbacks[0]", "succeeded", "null"),
            new VerdictReached(Verdict.Refuted, [])));

    [Fact]
    public void Rollbacks_that_are_not_played_are_not_announced() => Assert.DoesNotContain(
        "Let's rollback...",
        Said(new RunManner(), new ToolkitOutcome(ToolkitOutcome.Interrupted, Deviated: false),
            new AbortRequested("SIGTERM", "SIGTERM signal received"), new VerdictReached(Verdict.Inconclusive, [])));

    [Fact]
    public void A_strategy_that_was_asked_for_is_said() => Assert.Contains(
        "Rollbacks were explicitly requested to not be played",
        Said(new RunManner { Rollbacks = RollbackStrategy.Never }, new ToolkitOutcome(ToolkitOutcome.Completed, Deviated: false), new VerdictReached(Verdict.Upheld, [])));

    [Fact]
    public void The_end_of_the_check_beside_the_method_is_said_before_what_follows_it() => Assert.Equal(
        [
            "Running experiment: T", "Steady-state strategy: continuous", "Rollbacks strategy: default",
            "Executing the steady-state hypothesis continuously every 1.0 seconds", "Playing your experiment's method now...",
            "Steady state hypothesis: well", "Probe: look", "Steady state hypothesis is met!",
            "Continuous steady state hypothesis terminated",
            "Steady state hypothesis: well", "Probe: look", "Steady state hypothesis is met!",
            "Let's rollback...", "Experiment ended with status: completed",
        ],
        Said(new RunManner { Hypothesis = HypothesisStrategy.Continuously }, new ToolkitOutcome(ToolkitOutcome.Completed, Deviated: false),
            new PhaseEntered(RunPhase.Playing), Measured(ProbeMoment.During, met: true), new HypothesisChecked(ProbeMoment.During, true),
            Measured(ProbeMoment.After, met: true), new HypothesisChecked(ProbeMoment.After, true), new VerdictReached(Verdict.Upheld, [])));

    [Fact]
    public void A_check_beside_the_method_that_ends_it_says_what_share_had_missed()
    {
        var said = Said(new RunManner { Hypothesis = HypothesisStrategy.DuringMethodOnly, FailFast = true }, new ToolkitOutcome(ToolkitOutcome.Failed, Deviated: false),
            new PhaseEntered(RunPhase.Playing), Measured(ProbeMoment.During, met: true), new HypothesisChecked(ProbeMoment.During, true),
            Measured(ProbeMoment.During, met: false), new HypothesisChecked(ProbeMoment.During, false), new VerdictReached(Verdict.Refuted, []));
        Assert.Equal(["Terminating immediately the experiment after 50.0% hypothesis deviated", "Continuous steady state hypothesis terminated"], said[^3..^1]);
    }

    private static List<string> Said(RunManner manner, ToolkitOutcome outcome, params JournalEvent[] events)
    {
        var ear = new Ear();
        var plan = new Plan { Run = new RunId("chaos-00000001"), Title = "T", Seed = 1, Faults = [], Duration = TimeSpan.Zero };
        var log = new RunLog(new ChaosLog(TimeProvider.System, [ear]), Document, manner, plan);
        log.Begin();
        foreach (var entry in events)
        {
            log.Report(entry);
        }

        log.End(outcome);
        return ear.Heard;
    }

    private static Activity Step(string name, string place, bool isProbe) =>
        new() { Name = name, Place = place, IsProbe = isProbe, Provider = new ProcessProvider("true", [], false, null) };

    private static ProbeMeasured Measured(ProbeMoment when, bool met) => new("look", when, met, "0", "0") { Output = "0", Place = Look.Place };

    private static ActivityStarted Started(string name, string place) => new(name) { Place = place };

    private static ActivityFinished Finished(string name, string place, string status, string output) => new(name, status, output, 0.1) { Place = place };

    private sealed class Ear : ILogEnd
    {
        public List<string> Heard { get; } = [];

        public void Write(LogEntry entry)
        {
            if (entry.Level > ChaosLevel.Debug)
            {
                Heard.Add(entry.Message);
            }
        }

        public void Dispose() { }
    }
}
