using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>Looks which holders live.</summary>
internal static class Holders
{
    /// <summary>Those of the holders that hold nothing any more, or cannot be read. One whose Lease may not be looked at is not among them: what it holds has a deadline of its own.</summary>
    public static async Task<IReadOnlySet<string>> DeadAsync(KubernetesClient client, IEnumerable<string> holders, CancellationToken abort)
    {
        HashSet<string> dead = [];
        foreach (var text in holders.Where(holder => holder.Length > 0).Distinct())
        {
            if (HolderLease.Parse(text) is not { } holder || await IsDeadAsync(client, holder, abort))
            {
                dead.Add(text);
            }
        }

        return dead;
    }

    private static async Task<bool> IsDeadAsync(KubernetesClient client, HolderLease holder, CancellationToken abort)
    {
        try
        {
            var lease = await client.FindAsync(Resource.Leases, holder.Space, holder.Name, abort);
            return !holder.IsHeld(lease, await client.ServerNowAsync(abort));
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return false;
        }
    }
}
