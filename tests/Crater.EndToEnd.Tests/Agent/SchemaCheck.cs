using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Whether a JSON value is what a schema says: as much of JSON Schema as an OpenAPI document of craterd's uses, and a complaint about everything else in it.</summary>
internal static class SchemaCheck
{
    private static readonly string[] Known = ["description", "type", "pattern", "enum", "items", "properties", "required", "additionalProperties", "$ref"];

    /// <summary>Null when it fits.</summary>
    public static string? Complaint(JsonNode document, JsonNode schema, JsonNode? value, string at = "$")
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Complaint(document, reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, part) => node[part]!), value, at);
        }

        if (schema.AsObject().FirstOrDefault(word => !Known.Contains(word.Key)).Key is { } unknown)
        {
            return $"{at}: the schema says {unknown}, which nobody checks";
        }

        var types = schema["type"] is JsonArray several ? several.Select(type => (string)type!).ToArray() : [(string)schema["type"]!];
        return !types.Contains(TypeOf(value)) ? $"{at} is {TypeOf(value)} and not {string.Join(" or ", types)}"
            : value switch
            {
                JsonObject given => OfObject(document, schema, given, at),
                JsonArray given => given.Select((item, i) => Complaint(document, schema["items"]!, item, $"{at}[{i}]")).FirstOrDefault(wrong => wrong is not null),
                _ => OfText(schema, value!.ToString(), at),
            };
    }

    private static string? OfObject(JsonNode document, JsonNode schema, JsonObject given, string at)
    {
        if (schema["required"]!.AsArray().FirstOrDefault(name => !given.ContainsKey((string)name!)) is { } missing)
        {
            return $"{at} lacks {missing}";
        }

        foreach (var (name, value) in given)
        {
            var inner = schema["properties"]![name] ?? (schema["additionalProperties"] is JsonObject others ? others : null);
            if (inner is null && (bool?)schema["additionalProperties"] == false)
            {
                return $"{at}.{name} is not described";
            }

            if (inner is not null && Complaint(document, inner, value, $"{at}.{name}") is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static string? OfText(JsonNode schema, string text, string at) =>
        schema["enum"] is JsonArray choices && !choices.Any(choice => (string?)choice == text) ? $"{at} is '{text}', none of {choices.ToJsonString()}"
        : (string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern) ? $"{at} is '{text}', which does not match {pattern}"
        : null;

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };
}
