using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>Calls the controls around the parts of a run, and takes over what they changed. Without controls it costs nothing.</summary>
internal sealed class ControlCalls(IControls controls, RunRecord record, Script script, AbortSignal abort)
{
    private ToolkitActivities? _activities;

    /// <summary>There is nothing to call; states need not be made for nobody.</summary>
    public bool IsIdle { get; } = controls is NoControls;

    public async Task BeginAsync(CancellationToken stop)
    {
        if (!IsIdle)
        {
            await controls.ConfigureAsync(stop);
            await BeforeAsync(ControlLevel.Experiment, activity: null, stop);
        }
    }

    /// <returns>The activity as it is to be played.</returns>
    /// <exception cref="RunInterruptedException">A control wants the run to end.</exception>
    public async Task<Activity?> BeforeAsync(ControlLevel level, Activity? activity, CancellationToken stop)
    {
        if (IsIdle)
        {
            return activity;
        }

        var changes = await controls.BeforeAsync(new ControlPoint(level, activity, State: null), stop);
        Take(changes, place: "");
        return changes.Activity ?? activity;
    }

    /// <summary>Called whatever happened in between; a person who asks for the end (again) does not wait for it.</summary>
    /// <param name="state">Made only when somebody looks at it; null for none.</param>
    /// <param name="place">Where the state stands in the journal; empty for nowhere yet.</param>
    /// <returns>The state as the controls left it; null when they did not touch it.</returns>
    /// <exception cref="RunInterruptedException">A control wants the run to end.</exception>
    public async Task<JsonNode?> AfterAsync(ControlLevel level, Activity? activity, string place, Func<JsonNode?> state)
    {
        if (IsIdle)
        {
            return null;
        }

        var changes = await controls.AfterAsync(new ControlPoint(level, activity, state()), abort.Next);
        Take(changes, place);
        return changes.State;
    }

    /// <summary>After everything; nothing that a control does here keeps the run from its end.</summary>
    public async Task EndAsync(Func<JsonNode?> journal)
    {
        if (IsIdle)
        {
            return;
        }

        await SurvivedAsync(() => AfterAsync(ControlLevel.Experiment, activity: null, ControlWrote.Journal, journal));
        await SurvivedAsync(controls.CleanUpAsync);
    }

    /// <summary>The entry of an activity that begins now, as its controls are shown it.</summary>
    public ToolkitEntry EntryOf(Activity activity, DateTimeOffset began) =>
        new((_activities ??= new ToolkitActivities(ToolkitDocument.Of(script.Experiment), script.Experiment)).Of(activity.Place, activity.Name), began);

    private static async Task SurvivedAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception)
        {
            // The run is over: there is nothing left to interrupt, and its end must be written all the same.
        }
    }

    private void Take(ControlChanges changes, string place)
    {
        script.Adopt(changes);
        if (changes.Experiment is { } experiment)
        {
            _activities = null;
            Write(ControlWrote.Experiment, ToolkitDocument.Of(experiment));
        }

        if (changes.State is { } state && place.Length > 0)
        {
            Write(place, state);
        }

        if (changes.Interrupt.Length > 0)
        {
            throw new RunInterruptedException(changes.Interrupt, isUngraceful: false);
        }
    }

    private void Write(string place, JsonNode state) => record.Note(new ControlWrote(place, script.Context.Secrets.Mask(state)!.ToJsonString()));
}
