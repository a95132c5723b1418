using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers.Changes;

/// <summary>The smallest merge patch (RFC 7396) that makes one object of another. A list that differs is sent whole, which is safe under a guarded version alone.</summary>
internal static class MergePatch
{
    /// <summary>Accepted by the server only while the object is the version that was seen.</summary>
    public static JsonObject Guarded(JsonObject seen, JsonObject changed)
    {
        var patch = Between(seen, changed);
        if (patch["metadata"] is not JsonObject metadata)
        {
            patch["metadata"] = metadata = [];
        }

        metadata["resourceVersion"] = seen.ResourceVersion();
        return patch;
    }

    public static JsonObject Between(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var (key, value) in to)
        {
            if (from.TryGetPropertyValue(key, out var old) && JsonNode.DeepEquals(old, value))
            {
                continue;
            }

            patch[key] = old is JsonObject before && value is JsonObject after ? Between(before, after) : value?.DeepClone();
        }

        foreach (var key in from.Select(entry => entry.Key).Where(key => !to.ContainsKey(key)))
        {
            patch[key] = null;
        }

        return patch;
    }
}
