using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Safety;

namespace Crater.Models.Structure;

/// <summary>
/// Checks an answer against a schema, whatever the endpoint has promised. The subset is what every endpoint understands: objects whose properties are all required and that have no
/// others, arrays, strings with or without an enumeration, numbers, integers, booleans, and null beside another type. Ranges and lengths are checked in code.
/// </summary>
public static class SchemaCheck
{
    /// <summary>A model that gets everything wrong is told this much of it.</summary>
    private const int ProblemsMax = 12;

    /// <returns>Everything that is wrong, with its place; empty when nothing is.</returns>
    public static IReadOnlyList<string> Problems(JsonElement value, JsonObject schema)
    {
        List<string> problems = [];
        Check(value, schema, "answer", problems);
        return problems.Count > ProblemsMax ? [.. problems.Take(ProblemsMax), $"and {problems.Count - ProblemsMax} more"] : problems;
    }

    private static void Check(JsonElement value, JsonObject schema, string path, List<string> problems)
    {
        var types = schema["type"] is JsonArray several ? several.Select(type => type!.GetValue<string>()).ToArray() : [schema["type"]!.GetValue<string>()];
        if (!types.Any(type => IsOf(value, type)))
        {
            problems.Add($"{path} must be {string.Join(" or ", types)}, and is {Kind(value)}");
            return;
        }

        if (schema["enum"] is JsonArray allowed && value.ValueKind == JsonValueKind.String && !allowed.Any(one => one?.GetValue<string>() == value.GetString()))
        {
            problems.Add($"{path} is '{PlainText.Prose(value.GetString()!, 40)}', which is none of the values allowed there");
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            Properties(value, schema, path, problems);
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            var i = 0;
            foreach (var item in value.EnumerateArray())
            {
                Check(item, (JsonObject)schema["items"]!, $"{path}[{i++}]", problems);
            }
        }
    }

    private static void Properties(JsonElement value, JsonObject schema, string path, List<string> problems)
    {
        var known = (JsonObject)schema["properties"]!;
        foreach (var (name, inner) in known)
        {
            if (value.TryGetProperty(name, out var property))
            {
                Check(property, (JsonObject)inner!, $"{path}.{name}", problems);
            }
            else
            {
                problems.Add($"{path}.{name} is missing");
            }
        }

        problems.AddRange(value.EnumerateObject().Where(property => !known.ContainsKey(property.Name)).Select(property => $"{path} has '{PlainText.Prose(property.Name, 40)}', which does not belong there"));
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new ArgumentException($"The type {type} is not in the subset.", nameof(type)),
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
