using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>Writes the operator's own objects. Every write names the version that it was decided on: on a newer one it is refused, and decided anew.</summary>
internal sealed class ObjectWriter(KubernetesClient client)
{
    public Task<JsonObject> StatusAsync(Resource resource, JsonObject found, JsonObject status, CancellationToken stop)
    {
        // A whole status in a merge patch: what is no longer in it has to be said to go.
        var patch = status.DeepClone().AsObject();
        foreach (var (gone, _) in (found["status"] as JsonObject ?? []).Where(field => !status.ContainsKey(field.Key)).ToList())
        {
            patch[gone] = null;
        }

        return client.PatchAsync(resource, found.Namespace(), found.Name(), PatchForm.Merge, Guarded(found, "status", patch), "status", stop);
    }

    /// <summary>Holds the object by our finalizer and writes an annotation, in one write: either both are there or neither.</summary>
    public Task<JsonObject> HoldAsync(Resource resource, JsonObject found, string finalizer, string key, string value, CancellationToken stop) =>
        FinalizersAsync(resource, found, [.. found.Texts("metadata", "finalizers").Where(one => one != finalizer), finalizer], new JsonObject { [key] = value }, stop);

    /// <summary>Takes off our own finalizer alone; what others hold the object by stays theirs.</summary>
    public async Task DropFinalizerAsync(Resource resource, JsonObject found, string finalizer, CancellationToken stop)
    {
        try
        {
            await FinalizersAsync(resource, found, [.. found.Texts("metadata", "finalizers").Where(one => one != finalizer)], null, stop);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Gone: that is what it was held back from.
        }
    }

    private Task<JsonObject> FinalizersAsync(Resource resource, JsonObject found, string[] finalizers, JsonObject? annotations, CancellationToken stop)
    {
        var patch = Guarded(found, "spec", null);
        patch.Remove("spec");
        patch["metadata"]!["finalizers"] = new JsonArray([.. finalizers.Select(one => (JsonNode?)one)]);
        if (annotations is not null)
        {
            patch["metadata"]!["annotations"] = annotations;
        }

        return client.PatchAsync(resource, found.Namespace(), found.Name(), PatchForm.Merge, patch, null, stop);
    }

    private static JsonObject Guarded(JsonObject found, string part, JsonObject? value) => new()
    {
        ["metadata"] = new JsonObject { ["resourceVersion"] = found.ResourceVersion(), ["uid"] = found.Uid() },
        [part] = value,
    };
}
