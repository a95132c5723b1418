using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;

namespace Crater.Runs;

/// <summary>Measures the hypothesis' probes before, during and after.</summary>
internal sealed class SteadyState(RunSeams seams, RunRecord record, Experiment experiment)
{
    private readonly ActivityContext _context = ActivityContext.For(experiment);

    private IReadOnlyList<Activity> Probes => experiment.Hypothesis?.Probes ?? [];

    /// <summary>Whether every probe is met now. Without a hypothesis there is nothing that could fail.</summary>
    public Task<bool> HoldsBeforeAsync(CancellationToken abort) => MeasureAllAsync(ProbeMoment.Before, abort);

    /// <summary>Measures while faults are in place, until <paramref name="over"/>. Never throws.</summary>
    public async Task WatchAsync(CancellationToken over)
    {
        try
        {
            while (Probes.Count > 0)
            {
                if (IsFaultHeld())
                {
                    await MeasureAllAsync(ProbeMoment.During, over);
                }

                await Task.Delay(IsFaultHeld() ? Limits.ProbeEvery : Limits.GuardEvery, seams.Clock, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The last certificate is there.
        }
    }

    /// <summary>
    /// Once everything is proven clean: measures until every probe is met again, or until the settling budget is out. The last measurement of each
    /// probe counts. A person who aborted waits for one measurement only.
    /// </summary>
    public async Task SettleAsync()
    {
        if (record.State.Certificates.Count == 0 || record.State.Outstanding.Count > 0)
        {
            return;
        }

        record.Note(new PhaseEntered(RunPhase.SteadyStateAfter));
        var budget = record.State.StoppedBy is AbortRequested ? TimeSpan.Zero : Limits.SettlingBudget;
        var began = seams.Clock.GetTimestamp();
        while (!await MeasureAllAsync(ProbeMoment.After, CancellationToken.None) && seams.Clock.GetElapsedTime(began) < budget)
        {
            await Task.Delay(Limits.ProbeEvery, seams.Clock, CancellationToken.None);
        }
    }

    private bool IsFaultHeld() => record.State.Outstanding.Values.Any(injection => injection.IsHeld);

    private async Task<bool> MeasureAllAsync(ProbeMoment when, CancellationToken abort)
    {
        var met = await Task.WhenAll(Probes.Select(probe => MeasureAsync(probe, when, abort)));
        return met.All(one => one == true);
    }

    private async Task<bool?> MeasureAsync(Activity probe, ProbeMoment when, CancellationToken abort)
    {
        var (met, seen) = await AskAsync(probe, abort);
        // What was asked with the fault in place and answered without it belongs to neither.
        if (when != ProbeMoment.During || IsFaultHeld())
        {
            record.Note(new ProbeMeasured(probe.Name, when, met, Short(seen), ToleranceText.Of(probe.Tolerance)));
        }

        return met;
    }

    private async Task<(bool? Met, string Seen)> AskAsync(Activity probe, CancellationToken abort)
    {
        try
        {
            var result = await seams.Activities.PlayAsync(probe, _context, abort).WaitAsync(abort);
            // A page that does not answer is the users' answer. Any other probe that fails has measured nothing.
            var met = result.Succeeded ? await seams.Judge(probe, result, _context, abort) : probe.Provider is HttpProvider ? false : (bool?)null;
            return (met, Compared(probe, result));
        }
        catch (Exception e) when (!abort.IsCancellationRequested)
        {
            return (null, e.Message);
        }
    }

    // What the tolerance looks at: of a page that must answer 200, its status and not its headers.
    private static string Compared(Activity probe, ActivityResult result) =>
        probe.Tolerance is ScalarTolerance or ListTolerance && result.Value is JsonObject value && value["status"] is JsonValue status ? status.ToJsonString() : result.Output;

    // Sixteen digits of an error rate say no more than four; the tolerance was checked against the whole value, which metrics.csv has.
    private static string Short(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && text.Contains('.', StringComparison.Ordinal)
        ? number.ToString("0.####", CultureInfo.InvariantCulture)
        : text.Length <= Limits.TextMax ? text : text[..Limits.TextMax] + "…";
}
