using System.Text.Json.Nodes;

namespace Crater.Agents;

/// <summary>Reads what came over the wire. What is missing or of another kind is empty, zero or no: it came from another process.</summary>
internal static class WireJson
{
    public static string Word(this JsonNode? node, string name) => Value(node, name) is { } value && value.TryGetValue<string>(out var text) ? text : "";

    public static long Whole(this JsonNode? node, string name) => Value(node, name) is { } value && value.TryGetValue<long>(out var number) ? number : 0;

    public static bool Flag(this JsonNode? node, string name) => Value(node, name) is { } value && value.TryGetValue<bool>(out var flag) && flag;

    /// <summary>The objects of a list.</summary>
    public static IEnumerable<JsonObject> Each(this JsonNode? node, string name) => ((node as JsonObject)?[name] as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The plain values of a list, as text.</summary>
    public static IReadOnlyList<string> Words(this JsonNode? node, string name) =>
        [.. ((node as JsonObject)?[name] as JsonArray)?.OfType<JsonValue>().Select(value => value.ToString()) ?? []];

    private static JsonValue? Value(JsonNode? node, string name) => (node as JsonObject)?[name] as JsonValue;
}
