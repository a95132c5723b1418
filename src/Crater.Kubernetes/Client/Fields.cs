using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>Reads fields of API objects without trusting their shape: what is missing or of another type is empty or null.</summary>
public static class Fields
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            node = node is JsonObject parent && parent.TryGetPropertyValue(step, out var child) ? child : null;
        }

        return node;
    }

    /// <summary>The scalar as text; empty when it is missing or no scalar.</summary>
    public static string Text(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) is JsonValue value
        ? value.TryGetValue<string>(out var text) ? text : value.ToJsonString()
        : "";

    public static int? Integer(this JsonNode? node, params ReadOnlySpan<string> path) =>
        double.TryParse(node.Text(path), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? (int)number : null;

    public static bool Flag(this JsonNode? node, params ReadOnlySpan<string> path) => node.Text(path) == "true";

    /// <summary>The objects of an array; empty when there is none.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray array ? array.OfType<JsonObject>() : [];

    /// <summary>The scalars of an array as text; empty when there is none.</summary>
    public static IReadOnlyList<string> Texts(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray array ? [.. array.Select(item => item.Text())] : [];

    /// <summary>A map of texts, as labels and annotations are.</summary>
    public static IReadOnlyDictionary<string, string> Map(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonObject map ? map.ToDictionary(entry => entry.Key, entry => entry.Value.Text(), StringComparer.Ordinal) : [];

    public static string Name(this JsonNode? node) => node.Text("metadata", "name");

    public static string Namespace(this JsonNode? node) => node.Text("metadata", "namespace");

    public static string Uid(this JsonNode? node) => node.Text("metadata", "uid");

    public static string ResourceVersion(this JsonNode? node) => node.Text("metadata", "resourceVersion");

    public static IReadOnlyDictionary<string, string> Labels(this JsonNode? node) => node.Map("metadata", "labels");

    public static string Annotation(this JsonNode? node, string key) => node.Text("metadata", "annotations", key);

    /// <summary>Deletion was asked for; the object goes when its grace and finalizers are over.</summary>
    public static bool IsTerminating(this JsonNode? node) => node.Text("metadata", "deletionTimestamp").Length > 0;

    /// <summary>The owner that manages the object; null for one that nobody would bring back.</summary>
    public static JsonObject? Controller(this JsonNode? node) =>
        node.Objects("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller"));

    /// <summary>Whether the condition of this type is True.</summary>
    public static bool Condition(this JsonNode? node, string type) =>
        node.Objects("status", "conditions").Any(condition => condition.Text("type") == type && condition.Text("status") == "True");
}
