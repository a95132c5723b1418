using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>coordination/v1 Leases as Crater uses them. Expiry is judged by the server's clock alone: machines' clocks differ.</summary>
internal static class Leases
{
    /// <summary>The server's clock is read to the second, so a lease is over for certain only a second later.</summary>
    public static readonly TimeSpan ClockGrain = TimeSpan.FromSeconds(1);

    public static JsonObject Of(string name, string space, string label, JsonObject spec) => new()
    {
        ["apiVersion"] = "coordination.k8s.io/v1",
        ["kind"] = "Lease",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space, ["labels"] = new JsonObject { [label] = "true" } },
        ["spec"] = spec,
    };

    public static JsonObject Spec(string holder, TimeSpan lease, DateTimeOffset now) => new()
    {
        ["holderIdentity"] = holder,
        ["leaseDurationSeconds"] = Math.Max(1, (int)Math.Ceiling(lease.TotalSeconds)),
        ["renewTime"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
    };

    public static bool HasExpired(JsonObject lease, DateTimeOffset now)
    {
        var isKnown = DateTimeOffset.TryParse(lease.Text("spec", "renewTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var renewed);
        var duration = TimeSpan.FromSeconds(lease.Integer("spec", "leaseDurationSeconds") ?? 0);
        return isKnown && now > renewed + duration + ClockGrain;
    }

    /// <summary>All with this label; namespace by namespace where listing over all is forbidden.</summary>
    /// <exception cref="KubernetesException">One of them may not be looked at: a lease that is not seen must not count as none.</exception>
    public static async Task<IReadOnlyList<JsonObject>> ListAsync(KubernetesClient client, string label, IReadOnlyList<string> spaces, CancellationToken abort)
    {
        var found = await WideList.OfAsync(client, Resource.Leases, spaces, new ListQuery { LabelSelector = $"{label}=true" }, abort);
        return found.Refusals.Count == 0 ? found.Items : throw found.Refusals[0];
    }

    /// <summary>Deletes those that ran out and that nobody has renewed since.</summary>
    public static async Task SweepAsync(KubernetesClient client, string label, IReadOnlyList<string> spaces, CancellationToken budget)
    {
        var leases = await ListAsync(client, label, spaces, budget);
        var now = await client.ServerNowAsync(budget);
        foreach (var lease in leases.Where(lease => HasExpired(lease, now)))
        {
            try
            {
                var asSeen = new DeleteRequest { Uid = lease.Uid(), ResourceVersion = lease.ResourceVersion() };
                await client.DeleteAsync(Resource.Leases, lease.Namespace(), lease.Name(), asSeen, budget);
            }
            catch (KubernetesException e) when (e.IsNotFound || e.IsConflict || e.IsForbidden)
            {
                // Renewed, taken over or deleted by somebody else, or not ours to delete.
            }
        }
    }
}
