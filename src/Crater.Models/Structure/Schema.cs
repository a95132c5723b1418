using System.Text.Json.Nodes;

namespace Crater.Models.Structure;

/// <summary>Writes schemas in the subset of <see cref="SchemaCheck"/>.</summary>
public static class Schema
{
    /// <summary>An object with exactly these properties.</summary>
    public static JsonObject Object(params (string Name, JsonObject Schema)[] properties) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(properties.Select(property => KeyValuePair.Create(property.Name, (JsonNode?)property.Schema))),
        ["required"] = new JsonArray([.. properties.Select(property => (JsonNode?)JsonValue.Create(property.Name))]),
        ["additionalProperties"] = false,
    };

    public static JsonObject List(JsonObject items, string description) => new() { ["type"] = "array", ["description"] = description, ["items"] = items };

    public static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    public static JsonObject Whole(string description) => new() { ["type"] = "integer", ["description"] = description };

    /// <summary>One of these texts.</summary>
    public static JsonObject Choice(IEnumerable<string> values, string description) => new()
    {
        ["type"] = "string",
        ["description"] = description,
        ["enum"] = new JsonArray([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]),
    };
}
