using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>What an activity's turn is a part of.</summary>
internal enum TurnOf
{
    /// <summary>The act waits for its line, and is not done when that cannot be written.</summary>
    Method,

    /// <summary>What takes something back is done even when its line cannot be written.</summary>
    Rollbacks,

    /// <summary>Whoever judges the probe journals it.</summary>
    Hypothesis,
}

/// <summary>What came of a turn.</summary>
/// <param name="Activity">As it was played; a control may have changed it.</param>
internal sealed record Turn(Activity Activity, ActivityResult Result, DateTimeOffset Began);

/// <summary>
/// One plain activity's turn, as the format orders it: controls, pause, journal, act, journal, pause, controls. Pauses count for nobody's duration.
/// </summary>
internal sealed class ActivityTurn(RunSeams seams, RunRecord record, Script script, ControlCalls controls)
{
    private readonly ActivityAttempts _attempts = new(seams, record, script);

    /// <summary>An activity that fails has had its turn; the run goes on.</summary>
    /// <exception cref="RunInterruptedException">It, or a control around it, asked for the end of the run.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for; the journal says what was cut.</exception>
    public async Task<Turn> TakeAsync(Activity activity, TurnOf part, CancellationToken stop)
    {
        ToolkitEntry? ended = null;     // of a turn that was cut there is nothing to show, as in Chaos Toolkit
        try
        {
            activity = (await controls.BeforeAsync(ControlLevel.Activity, activity, stop))!;
            await PauseAsync(activity, activity.PauseBefore, stop);
            var began = Begin(activity, part);
            var entry = controls.IsIdle ? null : controls.EntryOf(activity, began);
            var result = await ActAsync(activity, stop);
            script.Keep(activity, result);
            End(activity, part, result, entry);
            await PauseAsync(activity, activity.PauseAfter, stop);
            ended = entry;
            return new Turn(activity, result, began);
        }
        finally
        {
            if (!controls.IsIdle)
            {
                await controls.AfterAsync(ControlLevel.Activity, activity, activity.Place, () => ended?.Json());
            }
        }
    }

    private DateTimeOffset Begin(Activity activity, TurnOf part)
    {
        var started = new ActivityStarted(activity.Name) { Place = activity.Place };
        switch (part)
        {
            case TurnOf.Method:
                return record.Append(started).At;
            case TurnOf.Rollbacks:
                record.Note(started);
                break;
        }

        return seams.Clock.GetUtcNow();
    }

    private void End(Activity activity, TurnOf part, ActivityResult result, ToolkitEntry? entry)
    {
        var finished = new ActivityFinished(activity.Name, result.Status, result.Output, result.Took.TotalSeconds) { Place = activity.Place, Exception = result.Exception };
        entry?.End(finished);
        if (part != TurnOf.Hypothesis)
        {
            record.Note(finished);
        }
    }

    private async Task<ActivityResult> ActAsync(Activity activity, CancellationToken stop)
    {
        var clock = seams.Clock.GetTimestamp();
        try
        {
            stop.ThrowIfCancellationRequested();
            var result = script.IsLeftOut(activity) ? new ActivityResult(true, null, "null", TimeSpan.Zero) : await _attempts.PlayAsync(activity, stop);
            return result.IsUnexpected ? throw new CraterException(result.Code, MessageOf(result)) : result;
        }
        catch (Exception)
        {
            // By the end of the run, by its own wish, or by an error that nobody counted on: it has no status, and no output.
            var took = seams.Clock.GetElapsedTime(clock);
            record.Note(new ActivityCut(activity.Name, took.TotalSeconds) { Place = activity.Place });
            throw;
        }
    }

    // An output of what failed begins with its code, and so would the error say it twice.
    private static string MessageOf(ActivityResult result) =>
        result.Output.StartsWith(result.Code + " ", StringComparison.Ordinal) ? result.Output[(result.Code.Length + 1)..] : result.Output;

    /// <summary>A pause of the activity, unless a rehearsal leaves it out.</summary>
    public Task PauseAsync(Activity activity, TimeSpan pause, CancellationToken stop) =>
        pause > TimeSpan.Zero && script.IsPaused(activity) ? Task.Delay(pause, seams.Clock, stop) : Task.CompletedTask;
}
