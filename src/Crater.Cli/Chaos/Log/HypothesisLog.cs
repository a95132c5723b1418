using System.Globalization;
using Crater.Cli.Chaos.Settings;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Cli.Chaos.Log;

/// <summary>The lines about checks of the hypothesis.</summary>
internal sealed class HypothesisLog(ChaosLog log, string title, RunManner manner)
{
    private readonly Dictionary<ProbeMoment, ProbeMeasured> _open = [];
    private int _checks;
    private int _misses;

    /// <summary>Whether the hypothesis is being checked beside the method.</summary>
    public bool IsBeside { get; set; }

    /// <summary>Says, once, that it is no more.</summary>
    public void EndBeside()
    {
        if (IsBeside)
        {
            IsBeside = false;
            log.Info("Continuous steady state hypothesis terminated", "run");
        }
    }

    public void Measured(ProbeMeasured probe)
    {
        if (!_open.ContainsKey(probe.When))
        {
            if (probe.When == ProbeMoment.After)
            {
                EndBeside();
            }

            if (probe.When != ProbeMoment.During)
            {
                log.Debug($"Running steady-state hypothesis {(probe.When == ProbeMoment.Before ? "before" : "after")} the method", "run");
            }

            log.Info($"Steady state hypothesis: {title}", "hypothesis");
        }

        _open[probe.When] = probe;
        log.Info($"Probe: {probe.Probe}", "activity");
        if (probe.Exception.Count > 0)
        {
            log.Error($"  => failed: {probe.Exception[^1]}", "activity");
            log.Warning("Probe terminated unexpectedly, so its tolerance could not be validated", "hypothesis");
            return;
        }

        var value = ActivityOutput.Read(probe.Output);
        log.Debug(value is null ? "  => succeeded without any result value" : $"  => succeeded with '{PythonText.Of(value)}'", "activity");
        log.Debug($"allowed tolerance is {probe.Expected}", "hypothesis");
    }

    public void Checked(HypothesisChecked check)
    {
        _ = _open.Remove(check.When, out var last);
        if (check.When == ProbeMoment.During)
        {
            _checks++;
            _misses += check.Met == true ? 0 : 1;
        }

        if (check.Met == true)
        {
            log.Info("Steady state hypothesis is met!", "hypothesis");
        }
        else if (check.When != ProbeMoment.During)
        {
            log.Critical($"Steady state probe '{last?.Probe}' is not in the given tolerance so failing this experiment", "run");
        }
        else
        {
            log.Warning($"Continuous steady state probe '{last?.Probe}' is not in the given tolerance", "run");
            if (manner.FailFast)
            {
                log.Info($"Terminating immediately the experiment after {(100.0 * _misses / _checks).ToString("0.0", CultureInfo.InvariantCulture)}% hypothesis deviated", "run");
                EndBeside();
            }
        }
    }
}
