using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;

namespace Crater.Runs;

/// <summary>
/// Plays a method in order: pauses, plain activities, faults. A fault holds the method for its duration unless it is in the background; then
/// it ends when its own duration is over. A step that fails stops the run; nothing of the method is under way any more when this returns.
/// </summary>
internal sealed class MethodPlayer(
    RunSeams seams, RunRecord record, Experiment experiment, Func<int, CancellationToken, Task> hold, Action<Exception> fail)
{
    private readonly ActivityContext _context = ActivityContext.For(experiment);

    public async Task PlayAsync(CancellationToken stop)
    {
        List<Task> background = [];
        for (var index = 0; index < experiment.Method.Count && !stop.IsCancellationRequested; index++)
        {
            var step = StepAsync(index, stop);
            if (experiment.Method[index].Background)
            {
                background.Add(step);
            }
            else
            {
                await step;
            }
        }

        await Task.WhenAll(background);
    }

    /// <summary>The document's own rollbacks, in order, whatever the earlier ones did. They take no part in what Crater itself recovers.</summary>
    public async Task RollBackAsync(CancellationToken abort)
    {
        foreach (var activity in experiment.Rollbacks.TakeWhile(_ => !abort.IsCancellationRequested))
        {
            await GuardedAsync(() => PlainAsync(activity, abort), abort);
        }
    }

    private Task StepAsync(int index, CancellationToken stop) => GuardedAsync(async () =>
    {
        var activity = experiment.Method[index];
        await PauseAsync(activity.PauseBefore, stop);
        await (activity.Provider is FaultProvider ? hold(index, stop) : PlainAsync(activity, stop));
        await PauseAsync(activity.PauseAfter, stop);
    }, stop);

    private async Task GuardedAsync(Func<Task> step, CancellationToken stop)
    {
        try
        {
            await step();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is being stopped, and whoever asked for it has said why.
        }
        catch (Exception e)
        {
            fail(e);
        }
    }

    private async Task PlainAsync(Activity activity, CancellationToken stop)
    {
        record.Append(new ActivityStarted(activity.Name));
        var result = await seams.Activities.PlayAsync(activity, _context, stop).WaitAsync(stop);
        record.Append(new ActivityFinished(activity.Name, result.Status, result.Output, result.Took.TotalSeconds));
    }

    private Task PauseAsync(TimeSpan pause, CancellationToken stop) =>
        pause > TimeSpan.Zero ? Task.Delay(pause, seams.Clock, stop) : Task.CompletedTask;
}
