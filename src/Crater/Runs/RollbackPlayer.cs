using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>
/// Plays the document's own rollbacks, when its strategy says so: in order, each whatever the earlier ones did. They take no part in what Crater itself
/// recovers, which is over by then. Never throws.
/// </summary>
internal sealed class RollbackPlayer(RunRecord record, Script script, ActivityTurn turns, ControlCalls controls, StopSource stop, AbortSignal abort)
{
    public async Task PlayAsync()
    {
        if (!IsAsked() || (script.Experiment.Rollbacks.Count == 0 && controls.IsIdle))
        {
            return;
        }

        record.Note(new PhaseEntered(RunPhase.RollingBack));
        var skip = abort.Next;      // who asks for the end again means the rollbacks
        using var cut = new CancellationTokenSource();
        List<Task> background = [];
        var isInterrupted = await SurvivedAsync(() => controls.BeforeAsync(ControlLevel.Rollback, activity: null, skip), skip);
        for (var index = 0; index < script.Experiment.Rollbacks.Count && !skip.IsCancellationRequested && !isInterrupted; index++)
        {
            var activity = script.Experiment.Rollbacks[index];
            if (script.IsDone(activity))
            {
                continue;
            }

            var step = StepAsync(activity, activity.Background ? cut.Token : skip);
            if (activity.Background)
            {
                background.Add(step);
            }
            else
            {
                isInterrupted = await step;
            }
        }

        using (abort.Next.Register(cut.Cancel))
        {
            await Task.WhenAll(background);
        }

        await SurvivedAsync(
            () => controls.AfterAsync(ControlLevel.Rollback, activity: null, "rollbacks", () => ToolkitBook.Of(script.Experiment, record.Events).Runs.Json(isRollback: true)), skip);
    }

    private bool IsAsked()
    {
        var outcome = record.State.Toolkit;
        return !stop.IsUngraceful && script.Manner.Rollbacks switch
        {
            RollbackStrategy.Always => true,
            RollbackStrategy.Never => false,
            RollbackStrategy.Deviated => outcome.Deviated,
            _ => outcome.Status is not (ToolkitOutcome.Failed or ToolkitOutcome.Interrupted),
        };
    }

    /// <returns>Whether the rest is to be left out.</returns>
    private Task<bool> StepAsync(Activity activity, CancellationToken skip) => SurvivedAsync(async () =>
    {
        await turns.TakeAsync(activity, TurnOf.Rollbacks, skip);
        if (activity.BrokenRef.Length > 0)
        {
            throw ActivityAttempts.BrokenRef(activity);
        }
    }, skip);

    // An error that nobody counted on aborts the run, and still none of the other rollbacks is left out for it.
    private async Task<bool> SurvivedAsync(Func<Task> step, CancellationToken skip)
    {
        try
        {
            await step();
        }
        catch (OperationCanceledException) when (skip.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e)
        {
            stop.Interrupt(e);
            return e is RunInterruptedException;
        }

        return false;
    }
}
