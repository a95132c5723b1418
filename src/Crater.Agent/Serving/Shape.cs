using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.Agent.Serving;

/// <summary>
/// What a JSON value looks like. The same description refuses a body that does not fit and says in the OpenAPI document what fits, so that the two cannot differ.
/// </summary>
internal sealed record Shape(string Type, string Summary)
{
    /// <summary>Of an object; those not named here are refused unless it is open.</summary>
    public IReadOnlyList<Member> Members { get; init; } = [];

    /// <summary>Of an array.</summary>
    public Shape? Items { get; init; }

    /// <summary>Of a text: the only values there are. Empty for any.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Of a text: a regular expression that it matches; empty for any.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>An object that has other members as well.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Of an open object: what its other members hold; null for anything.</summary>
    public Shape? Others { get; init; }

    /// <summary>Of a scalar without a type of its own: text, number or boolean.</summary>
    public const string Scalar = "scalar";

    public static Shape Text(string summary) => new("string", summary);

    public static Shape Duration(string summary) => new("string", summary) { Pattern = @"^([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d))+$" };

    public static Shape Flag(string summary) => new("boolean", summary);

    public static Shape Number(string summary) => new("number", summary);

    public static Shape ListOf(Shape items, string summary) => new("array", summary) { Items = items };

    public static Shape Object(string summary, params IReadOnlyList<Member> members) => new("object", summary) { Members = members };

    /// <summary>What is wrong with this value, as a sentence; null when nothing is.</summary>
    /// <param name="name">Of the value, for the sentence.</param>
    public string? Refuse(JsonNode? value, string name) => (Type, value) switch
    {
        ("object", JsonObject given) => RefuseObject(given, name),
        ("array", JsonArray given) => given.Select((item, at) => Items!.Refuse(item, $"{name}[{at}]")).FirstOrDefault(wrong => wrong is not null),
        ("string", JsonValue given) when given.GetValueKind() == JsonValueKind.String => RefuseText(given.GetValue<string>(), name),
        ("boolean", JsonValue given) when given.GetValueKind() is JsonValueKind.True or JsonValueKind.False => null,
        ("number", JsonValue given) when given.GetValueKind() == JsonValueKind.Number => null,
        (Scalar, JsonValue) => null,
        _ => $"{name} must be {Words}.",
    };

    /// <summary>As JSON Schema (draft 2020-12, which OpenAPI 3.1 uses).</summary>
    public JsonObject ToSchema()
    {
        var schema = new JsonObject { ["description"] = Summary };
        schema["type"] = Type == Scalar ? new JsonArray("string", "number", "boolean") : Type;
        if (Pattern.Length > 0)
        {
            schema["pattern"] = Pattern;
        }

        if (Choices.Count > 0)
        {
            schema["enum"] = new JsonArray([.. Choices.Select(choice => (JsonNode)choice)]);
        }

        if (Items is not null)
        {
            schema["items"] = Items.ToSchema();
        }

        if (Type == "object")
        {
            schema["properties"] = new JsonObject(Members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Shape.ToSchema())));
            schema["required"] = new JsonArray([.. Members.Where(member => member.IsRequired).Select(member => (JsonNode)member.Name)]);
            schema["additionalProperties"] = Others is null ? IsOpen : Others.ToSchema();
        }

        return schema;
    }

    private string Words => Type switch { "object" => "an object", "array" => "a list", "string" => "a text", "boolean" => "true or false", "number" => "a number", _ => "a text, a number, true or false" };

    private string? RefuseObject(JsonObject given, string name)
    {
        foreach (var (key, value) in given)
        {
            var inner = name.Length == 0 ? key : $"{name}.{key}";
            var member = Members.FirstOrDefault(member => member.Name == key);
            if (member is null && !IsOpen)
            {
                return $"{inner} is not known; {(name.Length == 0 ? "the body" : name)} takes {string.Join(", ", Members.Select(known => known.Name))}.";
            }

            var shape = member is null ? Others : member.Shape;
            if ((value is not null || member is { IsRequired: true }) && shape?.Refuse(value, inner) is { } wrong)
            {
                return wrong;
            }
        }

        return Members.FirstOrDefault(member => member.IsRequired && !given.ContainsKey(member.Name)) is { } missing
            ? $"{(name.Length == 0 ? "" : name + ".")}{missing.Name} is missing: {missing.Shape.Summary}"
            : null;
    }

    private string? RefuseText(string text, string name) =>
        Choices.Count > 0 && !Choices.Contains(text) ? $"{name} must be one of {string.Join(", ", Choices)}."
        : Pattern.Length > 0 && !Regex.IsMatch(text, Pattern, RegexOptions.CultureInvariant) ? $"'{text}' is no value of {name}: {Summary}"
        : null;
}

/// <summary>One member of an object.</summary>
internal sealed record Member(string Name, Shape Shape, bool IsRequired = true);
