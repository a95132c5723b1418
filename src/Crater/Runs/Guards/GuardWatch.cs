using Crater.Experiments;
using Crater.Journals;
using Crater.Measurements;

namespace Crater.Runs.Guards;

/// <summary>Watches every guard from before the first injection until the last certificate, each on its own so that a slow source holds up no other.</summary>
internal sealed class GuardWatch : IDisposable
{
    private readonly RunRecord _record;
    private readonly StopSource _stop;
    private readonly TimeProvider _clock;
    private readonly HttpReach _reach;
    private readonly List<(Guard Guard, GuardSource Source)> _guards;
    private readonly long _started;

    public GuardWatch(IReadOnlyList<GuardCondition> conditions, IReadOnlyList<IMetricSource> sources, RunRecord record, StopSource stop, TimeProvider clock)
    {
        (_record, _stop, _clock, _reach) = (record, stop, clock, new HttpReach(clock));
        _guards = [.. conditions.Select(condition => (new Guard(condition), new GuardSource(condition, sources, _reach)))];
        _started = clock.GetTimestamp();
    }

    /// <summary>Returns when every guard has seen something; one that sees nothing stops the run before anything is touched.</summary>
    public Task FirstLookAsync(CancellationToken abort) => Task.WhenAll(_guards.Select(one => FirstLookAsync(one.Guard, one.Source, abort)));

    /// <summary>Watches until <paramref name="over"/>, then writes down what each guard saw. Never throws.</summary>
    public async Task WatchAsync(CancellationToken over)
    {
        await Task.WhenAll(_guards.Select(one => WatchAsync(one.Guard, one.Source, over)));
        foreach (var (guard, _) in _guards)
        {
            _record.Note(new GuardWatched(guard.Condition.ToString(), guard.Readings, guard.Lowest, guard.Highest));
        }
    }

    public void Dispose() => _reach.Dispose();

    private async Task FirstLookAsync(Guard guard, GuardSource source, CancellationToken abort)
    {
        var began = _clock.GetTimestamp();
        while (source.IsKnown && _clock.GetElapsedTime(began) < Limits.GuardFirstLookMax)
        {
            if (await LookAsync(guard, source, abort) is not GuardWaiting)
            {
                return;
            }

            await Task.Delay(Limits.GuardEvery, _clock, abort);
        }

        var why = source.IsKnown
            ? $"Nothing was measured for it within {Limits.GuardFirstLookMax.TotalSeconds:0} s."
            : "No source of metrics knows it: start load, or name a Prometheus server.";
        Trip(guard, new GuardTrip(why, null, IsBlind: true));
    }

    private async Task WatchAsync(Guard guard, GuardSource source, CancellationToken over)
    {
        try
        {
            while (await LookAsync(guard, source, over) is not GuardTrip)
            {
                await Task.Delay(Limits.GuardEvery, _clock, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The last certificate is there.
        }
    }

    private async Task<GuardDecision> LookAsync(Guard guard, GuardSource source, CancellationToken over)
    {
        var reading = await ReadAsync(source, over);
        var counts = _record.State.Outstanding.Values.Any(injection => injection.IsHeld);
        var decision = guard.Decide(reading, _clock.GetUtcNow(), _clock.GetElapsedTime(_started), counts);
        if (decision is GuardTrip trip)
        {
            Trip(guard, trip);
        }

        return decision;
    }

    // A source that fails or does not answer has seen nothing; the guard decides for how long that may last.
    private async Task<Reading?> ReadAsync(GuardSource source, CancellationToken over)
    {
        using var deadline = new CancellationTokenSource(Limits.GuardReadMax, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, over);
        try
        {
            return await source.ReadAsync(both.Token).WaitAsync(both.Token);
        }
        catch (Exception) when (!over.IsCancellationRequested)
        {
            return null;
        }
    }

    private void Trip(Guard guard, GuardTrip trip) =>
        _stop.Request(new GuardTripped(guard.Condition.ToString(), trip.Reason, trip.Value, trip.IsBlind));
}
