using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>
/// Takes faults off and proves it. No method has a token: nobody may cancel recovery, it ends by success or by running out of its own budget.
/// An injection that is being recovered already is not begun a second time.
/// </summary>
public sealed class Recovery(RunRecord record, IReadOnlyList<IDriver> drivers, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Task<Residue?>> _underWay = [];

    /// <summary>Recovers all of them, newest first on each target; targets do not wait for each other.</summary>
    /// <returns>What could not be proven clean.</returns>
    public async Task<IReadOnlyList<Residue>> RecoverAsync(IEnumerable<OutstandingInjection> outstanding)
    {
        List<Task<Residue?>> all = [];
        Dictionary<TargetId, Task> newer = [];
        foreach (var one in Rollback.Order(outstanding))
        {
            // An older fault on the same target waits for the first try on the newer one, not for its success.
            var tried = new TaskCompletionSource();
            all.Add(Begin(one, newer.GetValueOrDefault(one.Injection.Target.Id, Task.CompletedTask), tried));
            newer[one.Injection.Target.Id] = tried.Task;
        }

        var residue = await Task.WhenAll(all);
        return [.. residue.OfType<Residue>()];
    }

    /// <summary>Recovers these at the end of their duration.</summary>
    /// <exception cref="CraterException">CRT4012: one could not be proven clean, so that the run must not go on.</exception>
    public async Task MustRecoverAsync(IReadOnlyCollection<int> sequences)
    {
        if (await RecoverAsync(record.State.Outstanding.Values.Where(one => sequences.Contains(one.Injection.Sequence))) is [var left, ..])
        {
            throw new CraterException("CRT4012", $"{left.Injection.Fault.Name} on {left.Injection.Target.Id} could not be recovered: {left.Reason}");
        }
    }

    private Task<Residue?> Begin(OutstandingInjection one, Task newer, TaskCompletionSource tried)
    {
        lock (_gate)
        {
            var sequence = one.Injection.Sequence;
            if (_underWay.TryGetValue(sequence, out var task) && !(task.IsCompleted && record.State.Outstanding.ContainsKey(sequence)))
            {
                tried.TrySetResult();
                return task;
            }

            return _underWay[sequence] = RecoverOneAsync(one, newer, tried);
        }
    }

    // Whatever goes wrong in here must not keep the next target broken, so everything becomes residue.
    private async Task<Residue?> RecoverOneAsync(OutstandingInjection one, Task newer, TaskCompletionSource tried)
    {
        record.Note(new RecoveryIntended(one.Injection.Sequence));
        await newer;
        var trouble = $"This craterctl has no driver '{one.Injection.Driver}' here.";
        try
        {
            if (drivers.FirstOrDefault(driver => driver.Name == one.Injection.Driver) is { } driver)
            {
                var attempt = new RecoveryAttempt(new TimeLimitedDriver(driver, clock), one, clock, record);
                if (await attempt.RunAsync(tried) is { } certificate)
                {
                    record.Note(new InjectionRecovered(one.Injection.Sequence, certificate));
                    return null;
                }

                trouble = attempt.Trouble;
            }
        }
        catch (Exception e)
        {
            trouble = e.Message;
        }
        finally
        {
            tried.TrySetResult();
        }

        var residue = new Residue(one.Injection, trouble, $"craterctl recover {one.Injection.Run}");
        record.Note(new RecoveryFailed(one.Injection.Sequence, residue.Reason, residue.InspectWith));
        return residue;
    }
}
