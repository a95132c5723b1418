using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>Objects of all namespaces, or of those that may be looked at.</summary>
/// <param name="Refusals">Why the rest may not be listed, one for each namespace that is closed; empty when nothing is missing.</param>
internal sealed record WideList(IReadOnlyList<JsonObject> Items, IReadOnlyList<KubernetesException> Refusals)
{
    /// <summary>Something could be listed.</summary>
    public bool HasLooked { get; private init; }

    /// <summary>Why not everything could be listed at once; null when it was.</summary>
    public KubernetesException? Wide { get; private init; }

    /// <summary>Where it was listed instead; nothing is known of any other namespace.</summary>
    public IReadOnlyList<string> Looked { get; private init; } = [];

    /// <summary>Lists over all namespaces in one call; where that is forbidden, in each of <paramref name="spaces"/>. Whoever asks decides what a refusal means.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked, or does not serve the kind.</exception>
    public static async Task<WideList> OfAsync(KubernetesClient client, Resource resource, IReadOnlyList<string> spaces, ListQuery query, CancellationToken abort)
    {
        try
        {
            return new WideList((await client.ListAsync(resource, null, query, abort)).Items, []) { HasLooked = true };
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return (resource.IsNamespaced && spaces.Count > 0 ? await WithinAsync(client, resource, spaces, query, abort) : new WideList([], [e])) with { Wide = e };
        }
    }

    private static async Task<WideList> WithinAsync(KubernetesClient client, Resource resource, IReadOnlyList<string> spaces, ListQuery query, CancellationToken abort)
    {
        List<JsonObject> objects = [];
        List<KubernetesException> refusals = [];
        List<string> looked = [];
        var asked = spaces.Distinct().ToList();
        foreach (var space in asked)
        {
            try
            {
                objects.AddRange((await client.ListAsync(resource, space, query, abort)).Items);
                looked.Add(space);
            }
            catch (KubernetesException e) when (e.IsForbidden)
            {
                refusals.Add(e);
            }
        }

        return new WideList(objects, refusals) { HasLooked = looked.Count > 0, Looked = looked };
    }
}
