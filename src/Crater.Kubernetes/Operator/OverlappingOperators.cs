using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;

namespace Crater.Kubernetes.Operator;

/// <summary>Two installations that look after the same namespaces would run every experiment's clean-up against each other: the one that came later stands by.</summary>
internal static class OverlappingOperators
{
    /// <exception cref="CraterException">CRT8403: another installation, which lives, looks after one of our namespaces already.</exception>
    public static async Task RefuseAsync(KubernetesClient client, OperatorOptions options, JsonObject? own, CancellationToken abort)
    {
        IReadOnlyList<JsonObject> leases;
        try
        {
            leases = await Leases.ListAsync(client, LeaderElection.Label, [.. options.Namespaces, options.Home], abort);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return;     // who may not look at other namespaces hardly shares one
        }

        var now = await client.ServerNowAsync(abort);
        var others = leases.Where(lease => lease.Namespace() != options.Home && lease.Text("spec", "holderIdentity").Length > 0 && !Leases.HasExpired(lease, now) && Overlaps(lease, options)).ToList();
        // Who led before goes on leading: only a newcomer gives way.
        if (others.Count > 0 && own?.Text("spec", "holderIdentity") != options.Identity)
        {
            throw new CraterException("CRT8403",
                $"Another operator ({others[0].Namespace()}/{others[0].Name()}, held by {others[0].Text("spec", "holderIdentity")}) looks after {Shown(others[0].Annotation(LeaderElection.ScopeKey))} already, "
                + $"and this one is to look after {Shown(options.Namespaces.Count == 0 ? "*" : string.Join(',', options.Namespaces))}. Uninstall one of them, or give them namespaces of their own with --namespaces. This one stands by.");
        }
    }

    /// <summary>Whether the Lease of an installation shows that it lives.</summary>
    public static async Task<bool> IsAliveAsync(KubernetesClient client, string installation, CancellationToken abort)
    {
        if (installation.Split('/') is not [var space, var name])
        {
            return false;
        }

        try
        {
            var lease = await client.FindAsync(Resource.Leases, space, name, abort);
            return lease is not null && lease.Text("spec", "holderIdentity").Length > 0 && !Leases.HasExpired(lease, await client.ServerNowAsync(abort));
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return true;    // unknown: its experiments are its own
        }
    }

    private static bool Overlaps(JsonObject lease, OperatorOptions options)
    {
        var scope = lease.Annotation(LeaderElection.ScopeKey);
        return options.Namespaces.Count == 0 || scope == "*" || scope.Split(',').Intersect(options.Namespaces).Any();
    }

    private static string Shown(string scope) => scope is "*" ? "all namespaces" : $"namespace {scope}";
}
