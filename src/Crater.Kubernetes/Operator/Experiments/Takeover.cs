using System.Collections.Concurrent;
using Crater.Drivers;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Keeping;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>What a run left and nobody could take off.</summary>
internal sealed record Leftover(string Target, string Fault, string Problem);

/// <summary>
/// Takes off what runs of dead operators left in the cluster and on its nodes, from what stands on the objects: no folder and no journal is needed. All that wait are done in one
/// sweep, since a sweep lists every marked object.
/// </summary>
internal sealed class Takeover(ApiStateKeeper keeper, AgentSweep agents, OperatorFigures figures, TimeProvider clock)
{
    private sealed record Found(IReadOnlyList<HeldChange> Left, IReadOnlyList<AgentUse> OnNodes, IReadOnlyList<UnseenKind> Unseen);

    /// <summary>Many ask at one moment, after a death; they are to be in one sweep.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    /// <summary>How long one try may take on nodes, so that an Experiment is let go within its bound whatever a node does.</summary>
    private static readonly TimeSpan NodesLimit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<Found>> _asked = new();
    private readonly Lock _gate = new();
    private bool _isComing;

    /// <summary>Restores all that the run holds.</summary>
    /// <param name="traces">The kinds of object by which its faults are found (<see cref="FaultTrace"/>); null for any.</param>
    /// <returns>What could not be restored, each with its problem, and where nobody could look.</returns>
    public async Task<IReadOnlyList<Leftover>> RestoreAsync(RunId run, IReadOnlyList<FaultTrace>? traces, CancellationToken stop)
    {
        var mine = _asked.GetOrAdd(run.Value, _ => new TaskCompletionSource<Found>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (!_isComing)
            {
                _isComing = true;
                _ = SweepSoonAsync(stop);
            }
        }

        var found = await mine.Task.WaitAsync(stop);
        // Nodes take longer than the API, and each run waits for its own alone.
        var swept = await FinishAsync(found.OnNodes, stop);
        foreach (var _ in swept.Where(node => node.Problem.Length == 0))
        {
            figures.Restored();
        }

        return
        [
            .. found.Left.Select(change => new Leftover(change.Target.Value, change.Fault, change.Problem.Length > 0 ? change.Problem : "It is still there.")),
            .. found.Unseen.Where(unseen => traces is null || traces.Any(trace => trace.IsIn(unseen))).Select(unseen => new Leftover(unseen.Kind, "unknown", $"Whether a fault of this run is still there could not be seen: {unseen.Why.Message}")),
            .. swept.Where(node => node.Problem.Length > 0).Select(node => new Leftover($"node/{node.Use.Node}", string.Join(", ", node.Use.Injections), node.Problem)),
        ];
    }

    private async Task<IReadOnlyList<SweptNode>> FinishAsync(IReadOnlyList<AgentUse> uses, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(NodesLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            return await agents.FinishAsync(uses, either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return [.. uses.Select(use => new SweptNode(use, "Its agent could not be asked in time."))];
        }
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
            var left = await keeper.LookAsync(stop);
            var (uses, refusal) = await agents.LookAsync(stop);
            IReadOnlyList<UnseenKind> unseen = [.. left.Unseen, .. refusal is null ? Array.Empty<UnseenKind>() : [new UnseenKind(AgentSweep.Kind, [], refusal)]];
            foreach (var (run, asked) in waiting)
            {
                foreach (var _ in done.Where(change => change.Run == run && change.Problem.Length == 0))
                {
                    figures.Restored();
                }

                _asked.TryRemove(KeyValuePair.Create(run, asked));
                asked.TrySetResult(new Found(
                    [.. left.Changes.Where(change => change.Run == run).Select(change => done.FirstOrDefault(one => one.Injection == change.Injection && one.Problem.Length > 0) ?? change)],
                    [.. uses.Where(use => use.Run.Value == run)],
                    unseen));
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
