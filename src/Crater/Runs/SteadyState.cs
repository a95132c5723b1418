using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>
/// Checks the hypothesis when the strategy says so, and measures it while a fault of Crater's is in place and until it is well again afterwards, which no
/// strategy changes: without that nobody could say what the fault did.
/// </summary>
internal sealed class SteadyState(RunSeams seams, RunRecord record, Script script, HypothesisCheck check)
{
    private long _checkedAt;
    private bool _isChecking;
    private bool _isShut;

    private HypothesisStrategy Strategy => script.Manner.Hypothesis;

    private bool HasProbes => script.Experiment.Hypothesis is { Probes.Count: > 0 };

    private bool IsCheckedBeside => HasProbes && Strategy is HypothesisStrategy.DuringMethodOnly or HypothesisStrategy.Continuously;

    /// <summary>The gate: whether every probe is met now. Without a hypothesis, or when the strategy asks for none, there is nothing that could fail.</summary>
    public async Task<bool> HoldsBeforeAsync(CancellationToken stop)
    {
        if (!HasProbes || Strategy is not (HypothesisStrategy.Default or HypothesisStrategy.BeforeMethodOnly or HypothesisStrategy.Continuously))
        {
            return true;
        }

        record.Append(new PhaseEntered(RunPhase.SteadyStateBefore));
        _isShut = await check.InOrderAsync(ProbeMoment.Before, stop) != true;
        return !_isShut;
    }

    /// <summary>Checks again and again beside the method, the wait counted from the end of a check. Does nothing unless the strategy asks for it.</summary>
    /// <param name="over">The method has ended; a check that is under way is finished.</param>
    /// <param name="stop">The run is to end; a check that is cut counts for nothing.</param>
    public async Task CheckBesideAsync(CancellationToken over, CancellationToken stop)
    {
        while (IsCheckedBeside && !over.IsCancellationRequested && !record.State.Toolkit.EndsMethod)
        {
            await CheckAsync(() => check.InOrderAsync(ProbeMoment.During, stop));
            await Task.Delay(script.Manner.Frequency, seams.Clock, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Measures while faults are in place, until <paramref name="over"/>; what is checked beside the method anyway is not measured twice. Never throws.</summary>
    public async Task WatchAsync(CancellationToken over)
    {
        try
        {
            while (HasProbes)
            {
                if (check.IsFaultHeld() && !_isChecking && !IsFresh)
                {
                    await CheckAsync(() => check.AllAtOnceAsync(ProbeMoment.During, over));
                }

                await Task.Delay(check.IsFaultHeld() ? Limits.ProbeEvery : Limits.GuardEvery, seams.Clock, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The last certificate is there.
        }
    }

    /// <summary>
    /// After the method: one check in order. After faults, once everything is proven clean: measures until every probe is met again, or until the settling
    /// budget is out; the last measurement counts, and a person who aborted waits for one only.
    /// </summary>
    public async Task CheckAfterAsync(CancellationToken stop)
    {
        var hasBroken = record.State.Certificates.Count > 0;
        var isAsked = Strategy is HypothesisStrategy.Default or HypothesisStrategy.AfterMethodOnly or HypothesisStrategy.Continuously;
        if (!HasProbes || record.State.Outstanding.Count > 0 || !(hasBroken || (isAsked && WasPlayed)))
        {
            return;
        }

        record.Note(new PhaseEntered(RunPhase.SteadyStateAfter));
        if (!hasBroken)
        {
            await check.InOrderAsync(ProbeMoment.After, stop);
            return;
        }

        var budget = record.State.StoppedBy is AbortRequested ? TimeSpan.Zero : Limits.SettlingBudget;
        var began = seams.Clock.GetTimestamp();
        while (await check.AllAtOnceAsync(ProbeMoment.After, CancellationToken.None) != true && seams.Clock.GetElapsedTime(began) < budget)
        {
            await Task.Delay(Limits.ProbeEvery, seams.Clock, CancellationToken.None);
        }
    }

    // Checked beside the method a moment ago. Half the interval, since a timer of the whole one may fire a hair early, and every other measurement would be lost.
    private bool IsFresh => _checkedAt != 0 && seams.Clock.GetElapsedTime(_checkedAt) < Limits.ProbeEvery / 2;

    // Not after a gate that was shut, nor after a run that was stopped.
    private bool WasPlayed => !_isShut && script.Resume is not { WasShut: true } && record.State.Toolkit.Status is not (ToolkitOutcome.Aborted or ToolkitOutcome.Interrupted);

    private async Task CheckAsync(Func<Task<bool?>> once)
    {
        _isChecking = true;
        try
        {
            await once();
        }
        finally
        {
            (_isChecking, _checkedAt) = (false, seams.Clock.GetTimestamp());
        }
    }
}
