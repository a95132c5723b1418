using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Lab.Store;

/// <summary>Reading an object by path, where whatever is absent or of another type reads as nothing.</summary>
public static class JsonReading
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            node = node is JsonObject map && map.TryGetPropertyValue(step, out var value) ? value : null;
        }

        return node;
    }

    /// <returns>The text there, or "".</returns>
    public static string Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value ? value.TryGetValue<string>(out var text) ? text : value.ToJsonString() : "";

    public static long? Number(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not JsonValue value)
        {
            return null;
        }

        return value.TryGetValue<long>(out var wide) ? wide
            : value.TryGetValue<int>(out var narrow) ? narrow
            : value.TryGetValue<double>(out var real) ? (long)real
            : null;
    }

    public static int Count(this JsonNode? node, int otherwise, params ReadOnlySpan<string> path) =>
        (int)Math.Clamp(node.Number(path) ?? otherwise, int.MinValue, int.MaxValue);

    public static bool Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    public static JsonObject? Map(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    /// <returns>The objects of a list; nothing where there is no list.</returns>
    public static IEnumerable<JsonObject> Each(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    public static IEnumerable<string> Texts(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.Select(item => item.Text()) : [];

    /// <returns>The map there, or an empty one put there.</returns>
    public static JsonObject Make(this JsonObject node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (node[step] is not JsonObject next)
            {
                next = [];
                node[step] = next;
            }

            node = next;
        }

        return node;
    }

    public static string Name(this JsonNode? stored) => stored.Text("metadata", "name");

    public static string Space(this JsonNode? stored) => stored.Text("metadata", "namespace");

    public static string Uid(this JsonNode? stored) => stored.Text("metadata", "uid");

    public static bool IsEnding(this JsonNode? stored) => stored.At("metadata", "deletionTimestamp") is not null;

    public static IReadOnlyDictionary<string, string> Labels(this JsonNode? stored, params ReadOnlySpan<string> path) =>
        (path.IsEmpty ? stored.Map("metadata", "labels") : stored.Map(path)) is { } map
            ? map.ToDictionary(pair => pair.Key, pair => pair.Value.Text())
            : NoLabels;

    public static DateTimeOffset? Instant(this JsonNode? node, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(node.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant : null;

    /// <summary>Kubernetes' form of a time: whole seconds, UTC.</summary>
    public static string Stamp(this DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Kubernetes' form of a MicroTime.</summary>
    public static string MicroStamp(this DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The condition of that type, or null.</summary>
    public static JsonObject? Condition(this JsonNode? stored, string type) =>
        stored.Each("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);

    private static readonly Dictionary<string, string> NoLabels = [];
}
