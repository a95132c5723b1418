using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Claims as coordination/v1 Leases beside the targets, so that runs on two machines see each other. Whoever writes second on the same version
/// loses. Expiry is judged by the server's clock alone: machines' clocks differ.
/// </summary>
/// <param name="spaces">Asked one by one where listing over all namespaces is forbidden.</param>
/// <param name="isConfined">Nothing outside of these namespaces is hit, nodes neither, so claims on such are none of ours.</param>
public sealed class KubernetesClaims(KubernetesClient client, IReadOnlyList<string> spaces, bool isConfined = false) : IClaims
{
    private const string Label = "crater.dev/claim";
    private const string TargetKey = "crater.dev/target";
    private const string ComponentKey = "crater.dev/component";

    /// <summary>Where claims on what lives in no namespace are kept.</summary>
    private const string NodesNamespace = "default";

    /// <summary>Tries against others who claim at the same time; every conflict means that somebody else wrote.</summary>
    private const int ConflictsMax = 10;

    private IReadOnlyList<string> Asked => spaces.Count == 0 || isConfined ? spaces : [.. spaces, NodesNamespace];

    public async Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort)
    {
        var leases = await LeasesAsync(abort);
        var now = await client.ServerNowAsync(abort);
        return [.. leases.Where(lease => !Leases.HasExpired(lease, now)).Select(Read).OfType<Claim>()];
    }

    public async Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(claim, lease, abort);
            }
            catch (KubernetesException e) when ((e.IsConflict || e.AlreadyExists) && attempt < ConflictsMax)
            {
                // Somebody else claimed, renewed or released in between; look again.
            }
        }
    }

    public async Task ReleaseAsync(Claim claim, CancellationToken budget)
    {
        var (space, name) = Place(claim.Target);
        for (var attempt = 1; ; attempt++)
        {
            var held = await client.FindAsync(Resource.Leases, space, name, budget);
            if (held is null || Holder(held) != claim.Run.Value)
            {
                return;
            }

            try
            {
                await client.DeleteAsync(Resource.Leases, space, name, new DeleteRequest { Uid = held.Uid(), ResourceVersion = held.ResourceVersion() }, budget);
                return;
            }
            catch (KubernetesException e) when (e.IsNotFound || (e.IsConflict && attempt < ConflictsMax))
            {
                // Renewed by a call that was still under way, or gone; look again.
            }
        }
    }

    /// <summary>Deletes the claims that ran out: those of runs that died.</summary>
    public Task SweepAsync(CancellationToken budget) => Leases.SweepAsync(client, Label, Asked, budget);

    /// <summary>The lease's name says nothing of the target, whose name may be longer than names may be.</summary>
    internal static (string Space, string Name) Place(TargetId target)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target.Value)))[..16];
        return (target.Value.Split('/') is [_, var space, _] ? space : NodesNamespace, $"crater-claim-{hash}");
    }

    private async Task<RunId?> TryAsync(Claim claim, TimeSpan lease, CancellationToken abort)
    {
        var (space, name) = Place(claim.Target);
        var held = await client.FindAsync(Resource.Leases, space, name, abort);
        var now = await client.ServerNowAsync(abort);
        if (held is null)
        {
            await client.CreateAsync(Resource.Leases, space, Lease(claim, lease, now, name, space), abort);
            return null;
        }

        if (Holder(held) != claim.Run.Value && !Leases.HasExpired(held, now))
        {
            return Read(held)?.Run ?? throw new CraterException("CRT3114",
                $"The lease {space}/{name} on '{claim.Target}' is held by '{Holder(held)}', which is no run. Find out who wrote it, and delete it when it is stale.");
        }

        var renewed = Lease(claim, lease, now, name, space);
        renewed["metadata"]!["resourceVersion"] = held.ResourceVersion();
        await client.UpdateAsync(Resource.Leases, space, name, renewed, null, abort);
        return null;
    }

    private Task<IReadOnlyList<JsonObject>> LeasesAsync(CancellationToken abort) =>
        Leases.ListAsync(client, Label, Asked, abort);

    private static JsonObject Lease(Claim claim, TimeSpan lease, DateTimeOffset now, string name, string space)
    {
        var made = Leases.Of(name, space, Label, Leases.Spec(claim.Run.Value, lease, now));
        made["metadata"]!["annotations"] = new JsonObject { [TargetKey] = claim.Target.Value, [ComponentKey] = claim.Component };
        return made;
    }

    private static string Holder(JsonObject lease) => lease.Text("spec", "holderIdentity");

    private static Claim? Read(JsonObject lease)
    {
        try
        {
            return new Claim(new TargetId(lease.Annotation(TargetKey)), lease.Annotation(ComponentKey), new RunId(Holder(lease)));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
