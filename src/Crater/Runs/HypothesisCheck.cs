using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>Asks the probes of the hypothesis once, and judges what they answer.</summary>
internal sealed class HypothesisCheck(RunSeams seams, RunRecord record, Script script, ActivityTurn turns, ControlCalls controls)
{
    private IReadOnlyList<Activity> Probes => script.Experiment.Hypothesis?.Probes ?? [];

    /// <summary>Known to be on, and not yet being taken off.</summary>
    public bool IsFaultHeld() => record.State.Outstanding.Values.Any(injection => injection.IsHeld);

    /// <summary>As the format has it: one probe after the other, with their controls, up to the first that misses.</summary>
    /// <returns>Null when a probe failed, so that nobody can tell.</returns>
    public async Task<bool?> InOrderAsync(ProbeMoment when, CancellationToken stop)
    {
        bool? met = null;
        List<ToolkitEntry>? shown = controls.IsIdle ? null : [];
        try
        {
            await controls.BeforeAsync(ControlLevel.Hypothesis, activity: null, stop);
            met = true;
            foreach (var probe in Probes)
            {
                met = await InTurnAsync(probe, when, shown, stop);
                if (met != true)
                {
                    break;
                }
            }

            record.Note(new HypothesisChecked(when, met));
        }
        finally
        {
            if (shown is not null)
            {
                var place = ControlWrote.StatePrefix + when.ToString().ToLowerInvariant();
                await controls.AfterAsync(ControlLevel.Hypothesis, activity: null, place, () => new ToolkitState(met ?? false, shown).Json());
            }
        }

        return met;
    }

    /// <summary>Crater's own measuring around its faults: every probe at the same moment, without controls, so that none waits for a slow one.</summary>
    public async Task<bool?> AllAtOnceAsync(ProbeMoment when, CancellationToken stop)
    {
        var measured = await Task.WhenAll(Probes.Select(probe => AtOnceAsync(probe, when, stop)));
        var met = Array.TrueForAll(measured, one => one.Met == true) ? true : Array.Exists(measured, one => one.HasFailed) ? null : (bool?)false;
        // What was asked with the fault in place and answered without it belongs to neither.
        if (Array.TrueForAll(measured, one => one.IsWritten))
        {
            record.Note(new HypothesisChecked(when, met));
        }

        return met;
    }

    private async Task<bool?> InTurnAsync(Activity probe, ProbeMoment when, List<ToolkitEntry>? shown, CancellationToken stop)
    {
        var wasHeld = IsFaultHeld();
        var (asked, result, began) = await turns.TakeAsync(Asked(probe, when), TurnOf.Hypothesis, stop);
        var isUnchecked = script.Manner.Dry is DryStrategy.Probes or DryStrategy.Activities;
        var met = isUnchecked && result.Succeeded ? true : await JudgeAsync(asked, result, stop);
        var measured = Measured(asked, when, met, result, began) with { IsWithoutFault = when == ProbeMoment.During && !(wasHeld && IsFaultHeld()) };
        record.Note(measured);
        shown?.Add(ToolkitEntry.Of(controls.EntryOf(asked, began).Activity, measured));
        return result.Succeeded ? met : null;
    }

    private async Task<(bool? Met, bool HasFailed, bool IsWritten)> AtOnceAsync(Activity probe, ProbeMoment when, CancellationToken stop)
    {
        var began = seams.Clock.GetUtcNow();
        ActivityResult result;
        bool? met = null;
        try
        {
            result = await seams.Activities.PlayAsync(Asked(probe, when), script.Context, stop).WaitAsync(stop);
            met = await JudgeAsync(probe, result, stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            result = new ActivityResult(false, null, e.Message, TimeSpan.Zero) { Exception = [e.Message] };
        }

        var isWritten = when != ProbeMoment.During || IsFaultHeld();
        if (isWritten)
        {
            record.Note(Measured(probe, when, met, result, began));
        }

        return (met, !result.Succeeded, isWritten);
    }

    // Beside the method it is played as what else is beside it, so that neither waits for the other.
    private static Activity Asked(Activity probe, ProbeMoment when) => when == ProbeMoment.During ? probe with { Background = true } : probe;

    // A page that does not answer is the users' answer. Any other probe that fails has measured nothing.
    private async Task<bool?> JudgeAsync(Activity probe, ActivityResult result, CancellationToken stop) => result.Succeeded
        ? await seams.Judge(probe, result, script.Context, stop)
        : probe.Provider is HttpProvider ? false : null;

    private static ProbeMeasured Measured(Activity probe, ProbeMoment when, bool? met, ActivityResult result, DateTimeOffset began) =>
        new(probe.Name, when, met, Short(Compared(probe, result)), ToleranceText.Of(probe.Tolerance))
        {
            Place = probe.Place,
            Began = began,
            Seconds = result.Took.TotalSeconds,
            Output = result.Succeeded ? result.Output : "",
            Exception = result.Succeeded ? [] : result.Exception.Count > 0 ? result.Exception : [result.Output],
        };

    // What the tolerance looks at: of a page that must answer 200, its status and not its headers.
    private static string Compared(Activity probe, ActivityResult result) =>
        probe.Tolerance is ScalarTolerance or ListTolerance && result.Value is JsonObject value && value["status"] is JsonValue status ? status.ToJsonString() : result.Output;

    // Sixteen digits of an error rate say no more than four; the tolerance was checked against the whole value, which metrics.csv has.
    private static string Short(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && text.Contains('.', StringComparison.Ordinal)
        ? number.ToString("0.####", CultureInfo.InvariantCulture)
        : text.Length <= Limits.TextMax ? text : text[..Limits.TextMax] + "…";
}
