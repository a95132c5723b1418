using System.Collections.Concurrent;
using Crater.Drivers;
using Crater.Kubernetes.Keeping;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>
/// Takes off what runs of dead operators left in the cluster, from what stands on the objects: no folder and no journal is needed. All that wait are done in one
/// sweep, since a sweep lists every marked object.
/// </summary>
internal sealed class Takeover(ApiStateKeeper keeper, OperatorFigures figures, TimeProvider clock)
{
    /// <summary>Many ask at one moment, after a death; they are to be in one sweep.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<IReadOnlyList<HeldChange>>> _asked = new();
    private readonly Lock _gate = new();
    private bool _isComing;

    /// <summary>Restores all that the run holds.</summary>
    /// <returns>What could not be restored, each with its problem.</returns>
    public async Task<IReadOnlyList<HeldChange>> RestoreAsync(RunId run, CancellationToken stop)
    {
        var mine = _asked.GetOrAdd(run.Value, _ => new TaskCompletionSource<IReadOnlyList<HeldChange>>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (!_isComing)
            {
                _isComing = true;
                _ = SweepSoonAsync(stop);
            }
        }

        return await mine.Task.WaitAsync(stop);
    }

    private async Task SweepSoonAsync(CancellationToken stop)
    {
        await Task.Delay(Gathering, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _isComing = false;      // who asks from here on is in the next one, which may well overlap with this one: restoring twice is restoring once
        }

        await SweepAsync(stop);
    }

    private async Task SweepAsync(CancellationToken stop)
    {
        var waiting = _asked.ToArray();
        try
        {
            var wanted = waiting.Select(one => one.Key).ToHashSet();
            var done = await keeper.RecoverAsync(change => wanted.Contains(change.Run), stop);
            // Looked at again: only what is not there any more is gone.
            var left = await keeper.ListAsync(stop);
            foreach (var (run, asked) in waiting)
            {
                foreach (var _ in done.Where(change => change.Run == run && change.Problem.Length == 0))
                {
                    figures.Restored();
                }

                _asked.TryRemove(KeyValuePair.Create(run, asked));
                asked.TrySetResult([.. left.Where(change => change.Run == run)
                    .Select(change => done.FirstOrDefault(one => one.Injection == change.Injection && one.Problem.Length > 0) ?? change)]);
            }
        }
        catch (Exception e)
        {
            foreach (var (run, asked) in waiting)
            {
                _asked.TryRemove(KeyValuePair.Create(run, asked));
                asked.TrySetException(e);
            }
        }
    }
}
