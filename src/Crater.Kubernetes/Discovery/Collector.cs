using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Discovery;

/// <summary>Lists objects in the namespaces wanted, and remembers what it was not allowed to see.</summary>
/// <param name="context">Whose rights these are: a kubeconfig's context.</param>
internal sealed class Collector(IObjectSource source, string context, DiscoveryOptions options)
{
    private readonly ConcurrentQueue<Blindness> _unknown = [];
    private readonly ConcurrentQueue<string> _warnings = [];
    private IReadOnlyList<string> _spaces = [];
    private bool _seesAll;

    public IReadOnlyList<Blindness> Unknown =>
        [.. _unknown.OrderBy(blind => blind.Resource, StringComparer.Ordinal).ThenBy(blind => blind.Namespace, StringComparer.Ordinal)];

    public IReadOnlyList<string> Warnings => [.. _warnings];

    /// <summary>Decides which namespaces to look at.</summary>
    public async Task ChooseNamespacesAsync(CancellationToken abort)
    {
        var there = await ListOrHideAsync(Resource.Namespaces, abort);
        if (there is null)
        {
            _spaces = options.Namespaces.Count > 0 ? options.Namespaces : [options.DefaultNamespace];
            return;
        }

        var names = there.Select(found => found.Name()).ToHashSet();
        foreach (var missing in options.Namespaces.Where(wanted => !names.Contains(wanted)))
        {
            _warnings.Enqueue($"Namespace '{missing}' is not in the cluster; there are {string.Join(", ", names.Order(StringComparer.Ordinal).Take(10))}.");
        }

        _seesAll = options.Namespaces.Count == 0;
        _spaces = _seesAll ? [.. names.Where(name => options.IncludeSystem || !IsSystem(name)).Order(StringComparer.Ordinal)] : options.Namespaces;
    }

    /// <summary>All objects of a kind in the namespaces wanted (all of them for what lives in none); none where they are hidden.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, CancellationToken abort)
    {
        if (!resource.IsNamespaced)
        {
            return await ListOrHideAsync(resource, abort) ?? [];
        }

        if (_seesAll)
        {
            try
            {
                var all = await source.ListAsync(resource, null, abort);
                return [.. all.Where(found => _spaces.Contains(found.Namespace()))];
            }
            catch (KubernetesException e) when (e.IsForbidden)
            {
                // What is forbidden over all namespaces may be allowed in some.
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                return [];
            }
        }

        List<JsonObject> items = [];
        List<string> hidden = [];
        foreach (var space in _spaces)
        {
            var found = await TryListAsync(resource, space, abort);
            items.AddRange(found ?? []);
            hidden.AddRange(found is null ? [space] : Array.Empty<string>());
        }

        // Hidden everywhere is one thing to say, not one per namespace.
        foreach (var space in _seesAll && hidden.Count == _spaces.Count ? [""] : hidden)
        {
            Hide(resource, space, "list");
        }

        return items;
    }

    /// <summary>One object by name; null when it is not there or hidden.</summary>
    public async Task<JsonObject?> FindAsync(Resource resource, string space, string name, CancellationToken abort)
    {
        try
        {
            return await source.FindAsync(resource, space, name, abort);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            if (!_unknown.Any(blind => blind.Resource == resource.Plural && blind.Namespace == space))
            {
                Hide(resource, space, "get");
            }

            return null;
        }
    }

    /// <summary>What lives in no namespace, or is asked over all of them; null (and said so) where it is hidden.</summary>
    private async Task<IReadOnlyList<JsonObject>?> ListOrHideAsync(Resource resource, CancellationToken abort)
    {
        var found = await TryListAsync(resource, null, abort);
        if (found is null)
        {
            Hide(resource, "", "list");
        }

        return found;
    }

    private void Hide(Resource resource, string space, string verb) => _unknown.Enqueue(
        new Blindness(resource.Plural, space, $"forbidden: the user of context '{context}' may not {verb} {resource.QualifiedName}"));

    /// <summary>Null where it is forbidden.</summary>
    private async Task<IReadOnlyList<JsonObject>?> TryListAsync(Resource resource, string? space, CancellationToken abort)
    {
        try
        {
            return await source.ListAsync(resource, space, abort);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return null;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // A kind that the cluster does not serve has no objects: that is knowledge, not blindness.
            return [];
        }
    }

    private static bool IsSystem(string space) => space.StartsWith("kube-", StringComparison.Ordinal);
}
