using System.Globalization;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Activities;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Carries an activity out, once or as often as its <c>retry</c> and <c>until</c> say. Every attempt of those stands in the events.</summary>
internal sealed class ActivityAttempts(RunSeams seams, RunRecord record, Script script)
{
    public async Task<ActivityResult> PlayAsync(Activity activity, CancellationToken stop)
    {
        if (activity.BrokenRef.Length > 0)
        {
            var broken = BrokenRef(activity);
            var message = $"{broken.Code} {broken.Message}";
            return new ActivityResult(false, null, message, TimeSpan.Zero) { Code = broken.Code, Exception = [message] };
        }

        return activity.Retry is null && activity.Until is null ? await OnceAsync(activity, stop) : await AgainAsync(activity, stop);
    }

    public static CraterException BrokenRef(Activity activity) => new("CRT2320",
        $"No activity of the hypothesis or the method is called '{activity.BrokenRef}', so {activity.Place} has nothing to play. Correct the ref.");

    // Waiting is given up even when the activity does not listen to its token.
    private Task<ActivityResult> OnceAsync(Activity activity, CancellationToken stop) => seams.Activities.PlayAsync(activity, script.Context, stop).WaitAsync(stop);

    private async Task<ActivityResult> AgainAsync(Activity activity, CancellationToken stop)
    {
        var began = seams.Clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var result = await OnceAsync(activity, stop);
            var met = await MeetsAsync(activity, result, stop);
            record.Note(new ActivityAttempted(activity.Name, attempt, result.Status, met, result.Output, result.Took.TotalSeconds) { Place = activity.Place });
            var elapsed = seams.Clock.GetElapsedTime(began);
            if (result.IsUnexpected || (result.Succeeded && met != false) || IsOver(activity, attempt, elapsed))
            {
                return (result.Succeeded && met == false ? NeverMet(activity, result, attempt) : result) with { Took = elapsed };
            }

            await Task.Delay(activity.Until?.Every ?? activity.Retry!.Every, seams.Clock, stop);
        }
    }

    private async Task<bool?> MeetsAsync(Activity activity, ActivityResult result, CancellationToken stop) => activity.Until is { } until && result.Succeeded
        ? await seams.Judge(activity with { Tolerance = until.Tolerance }, result, script.Context, stop) ?? false
        : null;

    // With both keys, retry counts what failed and until the time; the first that is used up ends it.
    private static bool IsOver(Activity activity, int attempt, TimeSpan elapsed) =>
        attempt >= activity.Retry?.Attempts || (activity.Until is { } until && elapsed + until.Every > until.Timeout);

    private static ActivityResult NeverMet(Activity activity, ActivityResult last, int attempts)
    {
        var seen = last.Output.Length <= Limits.TextMax ? last.Output : last.Output[..Limits.TextMax] + "…";
        var message = $"CRT2321 '{activity.Name}' was not {ToleranceText.Of(activity.Until!.Tolerance)} in {attempts.ToString(CultureInfo.InvariantCulture)} attempts within "
            + $"{Durations.Text(activity.Until.Timeout)}; the last answer was {seen}. Raise until.timeout, or look why it does not come.";
        return new ActivityResult(false, null, message, last.Took) { Exception = [message] };
    }
}
