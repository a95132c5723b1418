using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>Looks which processes that vouch for something live.</summary>
internal static class Vouchers
{
    /// <summary>Those that vouch for nothing any more, or cannot be read. One whose Lease cannot be looked at is not among them: what it vouches for has a deadline of its own.</summary>
    public static async Task<IReadOnlySet<string>> DeadAsync(KubernetesClient client, IEnumerable<string> vouchers, CancellationToken abort)
    {
        HashSet<string> dead = [];
        foreach (var text in vouchers.Where(voucher => voucher.Length > 0).Distinct())
        {
            if (Voucher.Parse(text) is not { } voucher || await IsDeadAsync(client, voucher, abort))
            {
                dead.Add(text);
            }
        }

        return dead;
    }

    private static async Task<bool> IsDeadAsync(KubernetesClient client, Voucher voucher, CancellationToken abort)
    {
        try
        {
            var lease = await client.FindAsync(Resource.Leases, voucher.Space, voucher.Name, abort);
            return !voucher.IsHeld(lease, await client.ServerNowAsync(abort));
        }
        catch (KubernetesException)
        {
            return false;       // nothing was said of it
        }
    }
}
