using System.Collections.Concurrent;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>Looks whether the faults that should be in place really are, and writes down what changed: a fault that never bit proves nothing.</summary>
internal sealed class PresenceWatch(IReadOnlyList<IDriver> drivers, RunRecord record, TimeProvider clock)
{
    private readonly Dictionary<int, long> _since = [];
    private readonly ConcurrentDictionary<int, (Presence, Fingerprint?, bool)> _seen = new();     // looks end side by side

    /// <summary>Looks until <paramref name="over"/>. Never throws.</summary>
    public async Task WatchAsync(CancellationToken over)
    {
        try
        {
            while (true)
            {
                var held = record.State.Outstanding.Values.Where(one => one.IsHeld).ToArray();
                await Task.WhenAll(held.Select(one => LookAsync(one, over)));
                await Task.Delay(held.Any(IsEarly) || held.Length == 0 ? Limits.LookEarlyEvery : Limits.LookEvery, clock, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The last certificate is there.
        }
    }

    // What was seen in place and has to be undone stays; what has nothing to undo heals by itself.
    private bool IsEarly(OutstandingInjection one) => clock.GetElapsedTime(_since[one.Injection.Sequence]) < Limits.LookEarlyFor
        && (one.Preparation.UndoHash.Length == 0 || !_seen.TryGetValue(one.Injection.Sequence, out var last) || last.Item1 != Presence.Present);

    private async Task LookAsync(OutstandingInjection one, CancellationToken over)
    {
        var sequence = one.Injection.Sequence;
        _since.TryAdd(sequence, clock.GetTimestamp());
        var seen = await InspectAsync(one, over);
        var isStillHeld = record.State.Outstanding.TryGetValue(sequence, out var now) && now.IsHeld;
        if (isStillHeld && (!_seen.TryGetValue(sequence, out var last) || last != (seen.Presence, seen.Now, seen.HasLeftItsMark)))
        {
            _seen[sequence] = (seen.Presence, seen.Now, seen.HasLeftItsMark);
            record.Note(new InjectionSeen(sequence, seen.Presence, seen.Evidence) { Now = seen.Now, HasLeftItsMark = seen.HasLeftItsMark });
        }
    }

    private async Task<Inspection> InspectAsync(OutstandingInjection one, CancellationToken over)
    {
        try
        {
            var driver = new TimeLimitedDriver(drivers.First(driver => driver.Name == one.Injection.Driver), clock);
            return await driver.InspectAsync(one.Injection, one.Preparation, over);
        }
        catch (Exception e) when (!over.IsCancellationRequested)
        {
            return new Inspection(Presence.Unknown, null, e.Message);
        }
    }
}
