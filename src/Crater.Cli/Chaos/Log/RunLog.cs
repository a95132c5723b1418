using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Settings;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Cli.Chaos.Log;

/// <summary>Says what happens in a run in the lines that people of the tool know and grep for, in its order.</summary>
internal sealed class RunLog : IProgress<JournalEvent>
{
    private readonly Lock _gate = new();
    private readonly ChaosLog _log;
    private readonly Experiment _experiment;
    private readonly RunManner _manner;
    private readonly HypothesisLog _hypothesis;
    private readonly Dictionary<string, Activity> _places;
    private RunState _state;
    private bool _hasSaidRollbacks;

    public RunLog(ChaosLog log, Experiment experiment, RunManner manner, Plan plan)
    {
        (_log, _experiment, _manner) = (log, experiment, manner);
        _hypothesis = new HypothesisLog(log, experiment.Hypothesis?.Title ?? "", manner);
        _places = experiment.Method.Concat(experiment.Rollbacks).Where(activity => activity.Place.Length > 0)
            .DistinctBy(activity => activity.Place).ToDictionary(activity => activity.Place, StringComparer.Ordinal);
        _state = RunState.Initial with { Plan = plan.Begin(new Dictionary<string, string>(), "", "", "", manner) };
    }

    private bool HasHypothesis => _experiment.Hypothesis is { Probes.Count: > 0 };

    /// <summary>What is said before anything is done.</summary>
    public void Begin()
    {
        _log.Info($"Running experiment: {_experiment.Title}", "run");
        if (_manner.Dry is { } dry)
        {
            _log.Warning($"Running experiment with dry {Word(StrategyNames.Dry, dry)}", "run");
        }

        // In that tool the option is "continuously", and what it says of it is not.
        var strategy = _manner.Hypothesis == HypothesisStrategy.Continuously ? "continuous" : Word(StrategyNames.Hypothesis, _manner.Hypothesis);
        _log.Info($"Steady-state strategy: {strategy}", "run");
        _log.Info($"Rollbacks strategy: {Word(StrategyNames.Rollbacks, _manner.Rollbacks)}", "run");
        if (_manner.Hypothesis == HypothesisStrategy.Skip)
        {
            _log.Info("Skipping Steady-State Hypothesis as requested", "run");
        }
        else if (!HasHypothesis)
        {
            _log.Info("No steady state hypothesis defined. That's ok, just exploring.", "run");
        }
    }

    public void End(ToolkitOutcome outcome)
    {
        _log.Info($"Experiment ended with status: {(outcome.Deviated ? "deviated" : outcome.Status)}", "run");
        if (outcome.Deviated)
        {
            _log.Info("The steady-state has deviated, a weakness may have been discovered", "run");
        }
    }

    public void Report(JournalEvent value)
    {
        lock (_gate)
        {
            _state = _state.After(value);
            Say(value);
        }
    }

    private void Say(JournalEvent value)
    {
        switch (value)
        {
            case PhaseEntered { Phase: RunPhase.Playing or RunPhase.Injecting }:
                Method();
                break;
            case PhaseEntered { Phase: RunPhase.RollingBack }:
            case VerdictReached:
                Rollbacks();
                break;
            case ProbeMeasured probe:
                _hypothesis.Measured(probe);
                break;
            case HypothesisChecked check:
                _hypothesis.Checked(check);
                break;
            case ActivityStarted started:
                Started(started);
                break;
            case ActivityFinished finished:
                Finished(finished);
                break;
            case InjectionIntended intended:
                _log.Info($"Action: {intended.Injection.Activity}: {intended.Injection.Fault} into {intended.Injection.Target.Id}", "activity");
                break;
            case InjectionRecovered recovered:
                _log.Info($"Recovered: {recovered.Certificate.Evidence}", "recovery");
                break;
            case RecoveryFailed failed:
                _log.Critical($"RESIDUE: {failed.Reason}; look with: {failed.InspectWith}", "recovery");
                break;
            case GuardTripped tripped:
                _log.Critical($"Guard {tripped.Guard}: {tripped.Reason}", "guard");
                break;
            case RunInterrupted interrupted:
                _log.Critical($"{interrupted.Code} {interrupted.Reason}".TrimStart(), "run");
                break;
            case AbortRequested { By: not ("SIGINT" or "SIGUSR1" or "SIGUSR2") } abort:
                _log.Critical(abort.Reason, "run");
                break;
        }
    }

    private void Method()
    {
        if (HasHypothesis && _manner.Hypothesis is HypothesisStrategy.Continuously or HypothesisStrategy.DuringMethodOnly)
        {
            var frequency = _manner.Frequency.TotalSeconds;
            _hypothesis.IsBeside = true;
            _log.Info($"Executing the steady-state hypothesis continuously every {frequency.ToString(frequency % 1 == 0 ? "0.0" : "R", CultureInfo.InvariantCulture)} seconds", "run");
        }

        _log.Info("Playing your experiment's method now...", "run");
        if (_experiment.Method.Count == 0)
        {
            _log.Info("No declared activities, let's move on.", "activity");
        }
    }

    private void Rollbacks()
    {
        if (_hasSaidRollbacks || _state.StoppedBy is AbortRequested { IsUngraceful: true })
        {
            return;
        }

        _hasSaidRollbacks = true;
        _hypothesis.EndBeside();
        var outcome = _state.Toolkit;
        var isAsked = _manner.Rollbacks switch
        {
            RollbackStrategy.Always => Warned("Rollbacks were explicitly requested to be played", true),
            RollbackStrategy.Never => Warned("Rollbacks were explicitly requested to not be played", false),
            RollbackStrategy.Deviated => outcome.Deviated
                ? Warned("Rollbacks will be played only because the experiment deviated", true)
                : Warned("Rollbacks were explicitely requested to be played only if the experiment deviated. Since this is not the case, we will not play them.", false),
            _ => outcome.Status is not (ToolkitOutcome.Failed or ToolkitOutcome.Interrupted),
        };
        if (isAsked)
        {
            _log.Info("Let's rollback...", "run");
            if (_experiment.Rollbacks.Count == 0)
            {
                _log.Info("No declared rollbacks, let's move on.", "rollback");
            }
        }
    }

    private bool Warned(string message, bool isAsked)
    {
        _log.Warning(message, "run");
        return isAsked;
    }

    private void Started(ActivityStarted started)
    {
        if (started.Place.StartsWith("rollbacks", StringComparison.Ordinal))
        {
            _log.Info($"Rollback: {started.Name}", "rollback");
        }

        var activity = _places.GetValueOrDefault(started.Place);
        _log.Info($"{(activity is { IsProbe: true } ? "Probe" : "Action")}: {started.Name}{(activity is { Background: true } ? " [in background]" : "")}", "activity");
    }

    private void Finished(ActivityFinished finished)
    {
        if (finished.Status == "failed")
        {
            _log.Error($"  => failed: {finished.Output}", "activity");
            return;
        }

        var value = ActivityOutput.Read(finished.Output);
        if (_places.GetValueOrDefault(finished.Place) is { Tolerance: null } activity && ActivityOutput.Warning(activity.Provider, value) is { } warning)
        {
            _log.Warning(warning.Message, warning.Module);
        }

        _log.Debug(value is null ? "  => succeeded without any result value" : $"  => succeeded with '{PythonText.Of(value)}'", "activity");
    }

    private static string Word<T>(IReadOnlyDictionary<string, T> names, T value) where T : struct, Enum =>
        names.First(pair => pair.Value.Equals(value)).Key;
}
