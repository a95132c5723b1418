using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Discovery;

/// <summary>
/// What discovery and the choice of targets read of an object, without the rest: of the thousands of pods and replica sets that belong to something, a tenth of their size. All of it is copied, so
/// that the page of the list on which the object came can go.
/// </summary>
internal static class Essentials
{
    public static ListQuery Query(Resource resource) => new() { Keep = found => Of(resource, found) };

    public static JsonObject Of(Resource resource, JsonObject found)
    {
        if ((resource == Resource.Pods || resource == Resource.ReplicaSets) && found.Controller() is { } owner)
        {
            return Owned(found, owner);
        }

        var whole = found.DeepClone().AsObject();
        var metadata = whole["metadata"] as JsonObject;
        metadata?.Remove("managedFields");
        (metadata?["annotations"] as JsonObject)?.Remove("kubectl.kubernetes.io/last-applied-configuration");
        return whole;
    }

    // Who it is and whose; of a pod where it is and how it does. All else of it is said by its owner's template.
    private static JsonObject Owned(JsonObject found, JsonObject owner)
    {
        var metadata = Texts(found["metadata"], "name", "namespace", "uid", "resourceVersion", "deletionTimestamp");
        if (found.At("metadata", "labels") is JsonObject labels)
        {
            metadata["labels"] = labels.DeepClone();
        }

        var controller = Texts(owner, "kind", "name", "uid");
        controller["controller"] = true;
        metadata["ownerReferences"] = new JsonArray(controller);
        var status = Texts(found["status"], "phase");
        status["conditions"] = new JsonArray([.. found.Objects("status", "conditions").Where(condition => condition.Text("type") == "Ready").Select(condition => Texts(condition, "type", "status"))]);
        status["containerStatuses"] = new JsonArray([.. found.Objects("status", "containerStatuses").Select(container => new JsonObject { ["restartCount"] = container.Integer("restartCount") ?? 0 })]);
        return new JsonObject { ["metadata"] = metadata, ["spec"] = Texts(found["spec"], "nodeName"), ["status"] = status };
    }

    private static JsonObject Texts(JsonNode? from, params ReadOnlySpan<string> names)
    {
        var kept = new JsonObject();
        foreach (var name in names)
        {
            if (from.Text(name) is { Length: > 0 } text)
            {
                kept[name] = text;
            }
        }

        return kept;
    }
}
