using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Discovery;

/// <summary>Objects of one namespace out of a watch of all of them, where all may be watched: one watch of a kind, and not one for every namespace that is asked for.</summary>
/// <param name="spaces">What may be watched; empty for all namespaces.</param>
internal sealed class WatchedSpaces(WatchedObjects watched, IReadOnlyList<string> spaces) : IObjectSource
{
    public Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? space, CancellationToken abort) =>
        spaces.Count > 0 || !resource.IsNamespaced || space is null ? watched.ListAsync(resource, space, abort) : watched.ListOfAllAsync(resource, space, abort);

    public Task<JsonObject?> FindAsync(Resource resource, string space, string name, CancellationToken abort) => watched.FindAsync(resource, space, name, abort);
}
