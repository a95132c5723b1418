using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>
/// Plays a method in order: plain activities, and faults, which hold the method for their duration. What is in the background is waited for at the end.
/// A plain activity that fails stops nothing; nothing of the method is under way any more when this returns.
/// </summary>
/// <param name="hold">Carries out a fault: puts it on, waits for its duration, takes it off.</param>
internal sealed class MethodPlayer(
    RunRecord record, Script script, ActivityTurn turns, ControlCalls controls, StopSource stop, Func<Activity, CancellationToken, Task> hold)
{
    // A check beside the method that fails fast leaves the first step its turn, as it does any that has begun.
    private bool IsOver => stop.IsRequested || record.State.Toolkit.EndsMethod;

    public async Task PlayAsync()
    {
        List<Task> background = [];
        try
        {
            await controls.BeforeAsync(ControlLevel.Method, activity: null, stop.Token);
            // Read again at each step: a control may have put activities into the method.
            var hasPlayed = false;
            for (var index = 0; index < script.Experiment.Method.Count && (hasPlayed ? !IsOver : !stop.IsRequested); index++)
            {
                var activity = script.Experiment.Method[index];
                if (script.IsDone(activity))
                {
                    continue;
                }

                hasPlayed = true;
                var step = StepAsync(activity);
                if (activity.Background)
                {
                    background.Add(step);
                }
                else
                {
                    await step;
                }
            }
        }
        finally
        {
            await Task.WhenAll(background);
            await controls.AfterAsync(ControlLevel.Method, activity: null, "run", () => Book().Runs.Json(isRollback: false));
        }
    }

    private async Task StepAsync(Activity activity)
    {
        var token = activity.Background && !IsFault(activity) ? stop.Cut : stop.Token;
        try
        {
            await (IsFault(activity) ? FaultAsync(activity, token) : turns.TakeAsync(activity, TurnOf.Method, token));
            if (activity.BrokenRef.Length > 0)
            {
                throw ActivityAttempts.BrokenRef(activity);
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The run is being stopped, and whoever asked for it has said why.
        }
        catch (Exception e)
        {
            stop.Interrupt(e);
        }
    }

    // A rehearsal leaves a fault out like any other action.
    private bool IsFault(Activity activity) => activity.Provider is FaultProvider && !script.IsLeftOut(activity);

    private async Task FaultAsync(Activity activity, CancellationToken token)
    {
        try
        {
            activity = (await controls.BeforeAsync(ControlLevel.Activity, activity, token))!;
            await turns.PauseAsync(activity, activity.PauseBefore, token);
            await hold(activity, token);
            await turns.PauseAsync(activity, activity.PauseAfter, token);
        }
        finally
        {
            await controls.AfterAsync(ControlLevel.Activity, activity, activity.Place, () => Book().Runs.JsonAt(activity.Place));
        }
    }

    private ToolkitBook Book() => ToolkitBook.Of(script.Experiment, record.Events);
}
