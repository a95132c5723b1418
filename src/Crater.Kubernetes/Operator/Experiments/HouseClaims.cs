using System.Collections.Concurrent;
using Crater.Drivers;
using Crater.Kubernetes.Drivers;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>
/// Claims as an operator with many runs sees them: those in the cluster, listed at most every half second, and at once those that its own runs are about to make. Who
/// gets a target is still decided by the claim in the cluster.
/// </summary>
internal sealed class HouseClaims(IClaims inner) : IClaims
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(0.5);

    private readonly SharedLooks<string, IReadOnlyList<Claim>> _looks = new(GoodFor);
    private readonly ConcurrentDictionary<TargetId, Claim> _own = new();

    public async Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort)
    {
        var listed = await _looks.GetAsync("", () => inner.ListAsync(CancellationToken.None), abort);
        return [.. listed.Where(claim => !_own.ContainsKey(claim.Target)), .. _own.Values];
    }

    public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) => inner.ClaimAsync(claim, lease, abort);

    public Task ReleaseAsync(Claim claim, CancellationToken budget) => inner.ReleaseAsync(claim, budget);

    /// <summary>Keeps the plan's targets from other plans of this process.</summary>
    /// <returns>False when another plan was faster: draw again.</returns>
    public bool TryReserve(Plan plan)
    {
        foreach (var target in plan.Injections.Select(injection => injection.Target))
        {
            if (!_own.TryAdd(target.Id, new Claim(target.Id, target.Component, plan.Run)) && _own.GetValueOrDefault(target.Id)?.Run != plan.Run)
            {
                Free(plan);
                return false;
            }
        }

        return true;
    }

    public void Free(Plan plan)
    {
        foreach (var target in plan.Injections.Select(injection => injection.Target.Id))
        {
            if (_own.TryGetValue(target, out var claim) && claim.Run == plan.Run)
            {
                _own.TryRemove(KeyValuePair.Create(target, claim));
            }
        }
    }
}
