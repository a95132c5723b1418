using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Crater.Kubernetes.Client;

/// <summary>The verbs over one kind of object that has a type of its own. What the type does not know is lost in what it returns, so change with patches and applies.</summary>
/// <param name="type">From a source-generated context, so that nothing is looked up at run time.</param>
public sealed class TypedResource<T>(KubernetesClient client, Resource resource, JsonTypeInfo<T> type) where T : class
{
    public async Task<T> ReadAsync(string? space, string name, CancellationToken abort) => Typed(await client.GetAsync(resource, space, name, abort));

    /// <summary>Null when it is not there.</summary>
    public async Task<T?> FindAsync(string? space, string name, CancellationToken abort) =>
        await client.FindAsync(resource, space, name, abort) is { } found ? Typed(found) : null;

    public async Task<IReadOnlyList<T>> ListAsync(string? space, ListQuery query, CancellationToken abort) =>
        [.. (await client.ListAsync(resource, space, query, abort)).Items.Select(Typed)];

    public async Task<T> CreateAsync(string? space, T created, CancellationToken abort) => Typed(await client.CreateAsync(resource, space, Untyped(created), abort));

    public async Task<T> ReplaceAsync(string? space, string name, T updated, string? subresource, CancellationToken abort) =>
        Typed(await client.UpdateAsync(resource, space, name, Untyped(updated), subresource, abort));

    public async Task<T> PatchAsync(string? space, string name, PatchForm form, JsonNode patch, string? subresource, CancellationToken abort) =>
        Typed(await client.PatchAsync(resource, space, name, form, patch, subresource, abort));

    public async Task<T> ApplyAsync(string? space, string name, T applied, ApplyRequest request, string? subresource, CancellationToken abort) =>
        Typed(await client.ApplyAsync(resource, space, name, Untyped(applied), request, subresource, abort));

    public Task DeleteAsync(string? space, string name, DeleteRequest request, CancellationToken abort) => client.DeleteAsync(resource, space, name, request, abort);

    /// <summary>Changes from a version on; bookmarks are left out.</summary>
    public async IAsyncEnumerable<(string Type, T Object)> WatchAsync(string? space, string version, ListQuery query, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var change in client.WatchAsync(resource, space, version, query, stop))
        {
            if (change.Type != "BOOKMARK")
            {
                yield return (change.Type, Typed(change.Object));
            }
        }
    }

    private T Typed(JsonObject found)
    {
        try
        {
            return found.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw new KubernetesException("CRT5213",
                $"{resource.Kind} '{found.Name()}' is not of the shape that Crater knows of {resource.ApiVersion}: {e.Message} Look whether its CRD is of another version.", 0, "", e);
        }
    }

    private JsonObject Untyped(T value)
    {
        var body = JsonSerializer.SerializeToNode(value, type)!.AsObject();
        body["apiVersion"] = resource.ApiVersion;
        body["kind"] = resource.Kind;
        return body;
    }
}
