using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Drivers.Changes;

/// <summary>
/// Where a field stands in an API object: <c>spec.replicas</c>, <c>spec.containers[name=main].image</c>, <c>metadata.finalizers[=shop/hold]</c>.
/// Elements of lists are named by what tells them apart and never by their index, which others may move.
/// </summary>
internal sealed class FieldPath
{
    /// <summary>In a step: the element that is this scalar itself, as finalizers are.</summary>
    private const string Itself = "=";

    private readonly IReadOnlyList<JsonNode> _steps;

    private FieldPath(IReadOnlyList<JsonNode> steps) => _steps = steps;

    public JsonArray Json => new([.. _steps.Select(step => step.DeepClone())]);

    public static FieldPath Of(params string[] keys) => new([.. keys.Select(key => (JsonNode)JsonValue.Create(key))]);

    /// <exception cref="FormatException">It is no path.</exception>
    public static FieldPath Parse(JsonNode? json) =>
        json is JsonArray { Count: > 0 } steps && steps.All(step => step is JsonObject { Count: > 0 } || (step is JsonValue value && value.TryGetValue<string>(out _)))
            ? new FieldPath([.. steps.Select(step => step!.DeepClone())])
            : throw new FormatException("a path is a list of keys and of elements");

    public FieldPath Then(params string[] keys) => new([.. _steps, .. keys.Select(key => (JsonNode)JsonValue.Create(key))]);

    /// <summary>The element of the list whose fields are these.</summary>
    public FieldPath Element(params (string Key, string Value)[] fields) =>
        new([.. _steps, new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value)))]);

    /// <summary>The element of the list that is this text.</summary>
    public FieldPath Member(string text) => new([.. _steps, new JsonObject { [Itself] = text }]);

    /// <summary>A copy of what stands there; null when nothing does.</summary>
    public JsonNode? Read(JsonObject root)
    {
        JsonNode? node = root;
        foreach (var step in _steps)
        {
            node = Down(node, step);
        }

        return node?.DeepClone();
    }

    /// <summary>Puts the value there, or with null takes away what stands there. What leads there is made when it is missing; an element that leads there is not.</summary>
    public void Write(JsonObject root, JsonNode? value)
    {
        JsonNode node = root;
        for (var i = 0; i < _steps.Count - 1; i++)
        {
            if (Down(node, _steps[i]) is not { } next)
            {
                if (value is null || node is not JsonObject parent || _steps[i] is not JsonValue key)
                {
                    return;
                }

                next = _steps[i + 1] is JsonObject ? new JsonArray() : new JsonObject();
                parent[key.GetValue<string>()] = next;
            }

            node = next;
        }

        Put(node, _steps[^1], value);
    }

    public override string ToString() => string.Concat(_steps.Select((step, i) => step switch
    {
        JsonObject element => $"[{string.Join(',', element.Select(field => field.Key == Itself ? field.Value!.ToString() : $"{field.Key}={field.Value}"))}]",
        _ => i == 0 ? step.ToString() : $".{step}",
    }));

    private static void Put(JsonNode node, JsonNode step, JsonNode? value)
    {
        switch (node, step)
        {
            case (JsonObject map, JsonValue key) when value is null:
                map.Remove(key.GetValue<string>());
                break;
            case (JsonObject map, JsonValue key):
                map[key.GetValue<string>()] = value.DeepClone();
                break;
            case (JsonArray list, JsonObject element):
                var there = list.FirstOrDefault(one => Is(one, element));
                if (there is not null)
                {
                    list.Remove(there);
                }

                if (value is not null)
                {
                    list.Add(value.DeepClone());
                }

                break;
        }
    }

    private static JsonNode? Down(JsonNode? node, JsonNode step) => (node, step) switch
    {
        (JsonObject map, JsonValue key) => map.TryGetPropertyValue(key.GetValue<string>(), out var child) ? child : null,
        (JsonArray list, JsonObject element) => list.FirstOrDefault(one => Is(one, element)),
        _ => null,
    };

    private static bool Is(JsonNode? one, JsonObject element) => element.All(field => field.Key == Itself
        ? JsonNode.DeepEquals(one, field.Value)
        : one is JsonObject map && map.TryGetPropertyValue(field.Key, out var value) && JsonNode.DeepEquals(value, field.Value));
}
