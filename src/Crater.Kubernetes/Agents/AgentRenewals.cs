using System.Collections.Concurrent;
using Crater.Drivers;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>
/// Says that runs live, from their first record on a node on, also while no fault is held: before the first and between two. Else whoever sweeps would take a run that looks at its steady
/// state for dead, and remove its agents. It ends with the process, and says nothing about faults: those have craterd's own leases.
/// </summary>
internal sealed class AgentRenewals(AgentUses uses, TimeProvider clock) : IDisposable
{
    private readonly ConcurrentDictionary<(RunId Run, string Node), CancellationTokenSource> _kept = new();

    /// <summary>From now on, at most as long as an agent pod lives.</summary>
    public void Keep(RunId run, string node)
    {
        var over = new CancellationTokenSource(AgentManifest.LifeMax, clock);
        if (_kept.TryAdd((run, node), over))
        {
            _ = RenewAsync(run, node, over.Token);
        }
        else
        {
            over.Dispose();
        }
    }

    /// <summary>No longer: the run is over, or could not take a fault off and others may try.</summary>
    public void End(RunId run)
    {
        foreach (var key in _kept.Keys.Where(key => key.Run == run))
        {
            if (_kept.TryRemove(key, out var over))
            {
                over.Cancel();
                over.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var run in _kept.Keys.Select(key => key.Run).Distinct())
        {
            End(run);
        }
    }

    private async Task RenewAsync(RunId run, string node, CancellationToken over)
    {
        using var timer = new PeriodicTimer(AgentUses.RenewEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                try
                {
                    await uses.RenewAsync(run, node, over);
                }
                catch (KubernetesException)
                {
                    // The next one may come through; three may be lost.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }
}
