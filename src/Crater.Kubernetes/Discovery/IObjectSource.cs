using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Discovery;

/// <summary>Where discovery gets a cluster's objects from, as far as it reads them (<see cref="Essentials"/>): asked anew each time, or kept known. Nobody changes what it gives.</summary>
internal interface IObjectSource
{
    /// <param name="space">Null for all namespaces.</param>
    /// <exception cref="KubernetesException">It is forbidden, not served, or nobody answers.</exception>
    Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? space, CancellationToken abort);

    /// <summary>One object; null when it is not there.</summary>
    /// <exception cref="KubernetesException">It is forbidden, or nobody answers.</exception>
    Task<JsonObject?> FindAsync(Resource resource, string space, string name, CancellationToken abort);
}

/// <summary>Asks the server each time: for who looks once.</summary>
internal sealed class ListedObjects(KubernetesClient client) : IObjectSource
{
    public async Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? space, CancellationToken abort) => (await client.ListAsync(resource, space, Essentials.Query(resource), abort)).Items;

    public Task<JsonObject?> FindAsync(Resource resource, string space, string name, CancellationToken abort) => client.FindAsync(resource, space, name, abort);
}
