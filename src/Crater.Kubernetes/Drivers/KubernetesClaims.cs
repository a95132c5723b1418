using System.Collections.Concurrent;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Claims as coordination/v1 Leases beside the targets, one for each namespace (<see cref="ClaimDesk"/>), so that runs on two machines see each other. Expiry is judged by the
/// server's clock alone: machines' clocks differ.
/// </summary>
/// <param name="spaces">Asked one by one where listing over all namespaces is forbidden.</param>
/// <param name="isConfined">Nothing outside of these namespaces is hit, nodes neither, so claims on such are none of ours.</param>
/// <param name="voucher">The Lease that vouches for the claims of this process; null, the default, for none: then they are renewed by themselves.</param>
public sealed class KubernetesClaims(KubernetesClient client, IReadOnlyList<string> spaces, bool isConfined = false, Voucher? voucher = null) : IClaims
{
    /// <summary>Where claims on what lives in no namespace are kept.</summary>
    private const string NodesNamespace = "default";

    private readonly ConcurrentDictionary<string, ClaimDesk> _desks = new();

    private IReadOnlyList<string> Asked => spaces.Count == 0 || isConfined ? spaces : [.. spaces, NodesNamespace];

    public async Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort)
    {
        var lists = await Leases.ListAsync(client, ClaimDesk.Label, Asked, abort);
        var now = await client.ServerNowAsync(abort);
        var entries = lists.SelectMany(list => ClaimEntry.AllOf(list).Values).OfType<ClaimEntry>().Where(entry => !entry.HasExpired(now)).ToList();
        var dead = await Vouchers.DeadAsync(client, entries.Select(entry => entry.VouchedBy), abort);
        return [.. entries.Where(entry => !dead.Contains(entry.VouchedBy)).Select(entry => entry.Claim)];
    }

    public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) => DeskOf(SpaceOf(claim.Target)).ClaimAsync(claim, lease, abort);

    public Task ReleaseAsync(Claim claim, CancellationToken budget) => DeskOf(SpaceOf(claim.Target)).ReleaseAsync(claim, budget);

    /// <summary>Deletes the claims that ran out: those of runs that died.</summary>
    public async Task SweepAsync(CancellationToken budget)
    {
        foreach (var list in await Leases.ListAsync(client, ClaimDesk.Label, Asked, budget))
        {
            try
            {
                await DeskOf(list.Namespace()).SweepAsync(budget);
            }
            catch (KubernetesException e) when (e.IsForbidden)
            {
                // Not ours to tidy.
            }
        }
    }

    private ClaimDesk DeskOf(string space) => _desks.GetOrAdd(space, _ => new ClaimDesk(client, space, voucher));

    private static string SpaceOf(TargetId target) => target.Value.Split('/') is [_, var space, _] ? space : NodesNamespace;
}
