using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;

namespace Crater.Kubernetes.Keeping;

/// <summary>
/// Lets everyone see that somebody watches over changes of API objects: each keeper renews a Lease of its own. Without one in reach, what a dead
/// craterctl leaves behind stays until the next craterctl comes by.
/// </summary>
/// <param name="spaces">Where the Lease may be: the first one that takes it; asked one by one where listing over all namespaces is forbidden. Empty for <c>default</c>.</param>
public sealed class KeeperPresence(KubernetesClient client, IReadOnlyList<string> spaces)
{
    internal const string Label = "crater.dev/keeper";

    /// <summary>Unheard of for this long, a keeper counts as gone: three announcements.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    private readonly string _name = $"crater-keeper-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    private string Space => spaces.Count > 0 ? spaces[0] : "default";

    /// <summary>The keepers that are there now, by what they call themselves, e.g. <c>lab on host1</c>.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken abort)
    {
        var leases = await Leases.ListAsync(client, Label, [.. spaces, Space], abort);
        var now = await client.ServerNowAsync(abort);
        return [.. leases.Where(lease => !Leases.HasExpired(lease, now)).Select(lease => lease.Text("spec", "holderIdentity"))];
    }

    /// <summary>Says that we are there, for another 15 s.</summary>
    internal async Task AnnounceAsync(string holder, CancellationToken stop)
    {
        var now = await client.ServerNowAsync(stop);
        var spec = Leases.Spec(holder, Duration, now);
        try
        {
            await client.PatchAsync(Resource.Leases, Space, _name, PatchForm.Merge, new JsonObject { ["spec"] = spec.DeepClone() }, null, stop);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            await client.CreateAsync(Resource.Leases, Space, Leases.Of(_name, Space, Label, spec), stop);
        }
    }

    /// <summary>Says that we are gone.</summary>
    internal async Task LeaveAsync(CancellationToken budget)
    {
        try
        {
            await client.DeleteAsync(Resource.Leases, Space, _name, new DeleteRequest(), budget);
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException)
        {
            // It expires by itself.
        }
    }
}
