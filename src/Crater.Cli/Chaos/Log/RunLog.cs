using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Cli.Chaos.Log;

/// <summary>Says what happens in a run in the lines that people of the tool know and grep for, in its order.</summary>
internal sealed class RunLog(ChaosLog log, Experiment experiment, RunManner manner) : IProgress<JournalEvent>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Activity> _places = Places(experiment);
    private bool _isChecking;
    private bool _isRollingBack;
    private bool _lastProbeFailed;
    private string _lastProbe = "";

    public void Report(JournalEvent value)
    {
        lock (_gate)
        {
            Say(value);
        }
    }

    private void Say(JournalEvent value)
    {
        switch (value)
        {
            case PhaseEntered { Phase: RunPhase.Injecting }:
                log.Info("Playing your experiment's method now...", "run");
                if (experiment.Method.Count == 0)
                {
                    log.Info("No declared activities, let's move on.", "activity");
                }

                break;
            case ProbeMeasured probe:
                Measured(probe);
                break;
            case HypothesisChecked check:
                Checked(check);
                break;
            case ActivityStarted started:
                Started(started);
                break;
            case ActivityFinished finished:
                Finished(finished);
                break;
            case RunInterrupted interrupted:
                log.Critical($"{interrupted.Code} {interrupted.Reason}".TrimStart(), "run");
                break;
            case AbortRequested abort:
                log.Critical(abort.Reason, "run");
                break;
        }
    }

    /// <summary>What is said before anything is done.</summary>
    public void Begin()
    {
        log.Info($"Running experiment: {experiment.Title}", "run");
        if (manner.Dry is { } dry)
        {
            log.Warning($"Running experiment with dry {Word(StrategyNames.Dry, dry)}", "run");
        }

        log.Info($"Steady-state strategy: {Word(StrategyNames.Hypothesis, manner.Hypothesis)}", "run");
        log.Info($"Rollbacks strategy: {Word(StrategyNames.Rollbacks, manner.Rollbacks)}", "run");
        if (manner.Hypothesis == HypothesisStrategy.Skip)
        {
            log.Info("Skipping Steady-State Hypothesis as requested", "run");
        }
        else if (experiment.Hypothesis is not { Probes.Count: > 0 })
        {
            log.Info("No steady state hypothesis defined. That's ok, just exploring.", "run");
        }
    }

    private void Measured(ProbeMeasured probe)
    {
        if (!_isChecking)
        {
            _isChecking = true;
            log.Info($"Steady state hypothesis: {experiment.Hypothesis?.Title}", "hypothesis");
        }

        log.Info($"Probe: {probe.Probe}", "activity");
        (_lastProbe, _lastProbeFailed) = (probe.Probe, probe.Exception.Count > 0);
        if (_lastProbeFailed)
        {
            log.Error($"  => failed: {probe.Exception[^1]}", "activity");
            log.Warning("Probe terminated unexpectedly, so its tolerance could not be validated", "hypothesis");
            return;
        }

        log.Debug($"  => succeeded with '{probe.Output}'", "activity");
        log.Debug($"allowed tolerance is {probe.Expected}", "hypothesis");
    }

    private void Checked(HypothesisChecked check)
    {
        _isChecking = false;
        if (check.Met == true)
        {
            log.Info("Steady state hypothesis is met!", "hypothesis");
        }
        else if (check.When == ProbeMoment.During)
        {
            log.Warning($"Continuous steady state probe '{_lastProbe}' is not in the given tolerance", "run");
        }
        else
        {
            log.Critical($"Steady state probe '{_lastProbe}' is not in the given tolerance so failing this experiment", "run");
        }
    }

    private void Started(ActivityStarted started)
    {
        if (started.Place.StartsWith("rollbacks", StringComparison.Ordinal))
        {
            if (!_isRollingBack)
            {
                _isRollingBack = true;
                log.Info("Let's rollback...", "run");
            }

            log.Info($"Rollback: {started.Name}", "rollback");
        }

        var activity = _places.GetValueOrDefault(started.Place);
        if (activity is { PauseBefore.Ticks: > 0 })
        {
            log.Info($"Pausing before next activity for {Seconds(activity.PauseBefore)}s...", "activity");
        }

        log.Info($"{(activity is { IsProbe: true } ? "Probe" : "Action")}: {started.Name}{(activity is { Background: true } ? " [in background]" : "")}", "activity");
    }

    private void Finished(ActivityFinished finished)
    {
        var activity = _places.GetValueOrDefault(finished.Place);
        if (finished.Status == "failed")
        {
            log.Error($"  => failed: {(finished.Exception.Count > 0 ? finished.Exception[^1] : finished.Output)}", "activity");
        }
        else
        {
            if (activity is { Tolerance: null })
            {
                Warn(activity, finished.Output);
            }

            log.Debug(finished.Output is "" or "null" ? "  => succeeded without any result value" : $"  => succeeded with '{finished.Output}'", "activity");
        }

        if (activity is { PauseAfter.Ticks: > 0 })
        {
            log.Info($"Pausing after activity for {Seconds(activity.PauseAfter)}s...", "activity");
        }
    }

    // Where a tolerance stands the tool says nothing: the tolerance judges.
    private void Warn(Activity activity, string output)
    {
        var status = activity.Provider is ProcessProvider or HttpProvider ? Status(output) : 0;
        if (activity.Provider is ProcessProvider && status != 0)
        {
            log.Warning("This process returned a non-zero exit code. This may indicate some error and not what you expected.", "process");
        }
        else if (activity.Provider is HttpProvider && status >= 400)
        {
            log.Warning("This HTTP call returned a response with a HTTP status code above 400. This may indicate some error and not what you expected.", "http");
        }
    }

    private static int Status(string output)
    {
        try
        {
            return JsonNode.Parse(output)?["status"]?.GetValue<int>() ?? 0;
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            return 0;       // cut in the middle: long outputs are
        }
    }

    private static Dictionary<string, Activity> Places(Experiment experiment)
    {
        var places = new Dictionary<string, Activity>();
        foreach (var activity in experiment.Method.Concat(experiment.Rollbacks).Concat(experiment.Hypothesis?.Probes ?? []).Where(activity => activity.Place.Length > 0))
        {
            places.TryAdd(activity.Place, activity);
        }

        return places;
    }

    private static string Seconds(TimeSpan pause) => pause.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Word<T>(IReadOnlyDictionary<string, T> names, T value) where T : struct, Enum =>
        names.First(pair => pair.Value.Equals(value)).Key;
}
