using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Lab.Api.Admission;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>Holds a custom resource against its schema, in the words of the real server's validation.</summary>
internal sealed class SchemaCheck(FieldErrors errors)
{
    private static readonly TimeSpan PatternMax = TimeSpan.FromSeconds(1);

    public static void Check(ResourceKind kind, JsonObject read, JsonObject? previous, FieldErrors errors)
    {
        if (StructuralSchema.Of(kind) is not { } schema)
        {
            return;
        }

        var before = errors.Count;
        new SchemaCheck(errors).Value(read, schema, "");
        if (errors.Count == before)
        {
            SchemaRules.Check(read, previous, schema, "", errors);
        }
    }

    private void Value(JsonNode? value, JsonObject schema, string path)
    {
        if (value is null)
        {
            if (!schema.Flag("nullable"))
            {
                errors.Add(path, "FieldValueTypeInvalid", $"Invalid value: \"null\": {path} in body must be of type {schema.Text("type")}: \"null\"");
            }

            return;
        }

        if (!HasType(value, schema))
        {
            var found = TypeOf(value);
            errors.Add(path, "FieldValueTypeInvalid", $"Invalid value: \"{found}\": {path} in body must be of type {schema.Text("type")}: \"{found}\"");
            return;
        }

        if (schema["enum"] is JsonArray choices && !choices.Any(choice => JsonNode.DeepEquals(choice, value)))
        {
            errors.NotSupported(path, value.Text(), isSorted: false, [.. choices.Select(choice => choice.Text())]);
        }

        switch (value)
        {
            case JsonObject map:
                Map(map, schema, path);
                break;
            case JsonArray list:
                List(list, schema, path);
                break;
            case JsonValue when value.GetValueKind() == JsonValueKind.String:
                Text(value.Text(), schema, path);
                break;
            case JsonValue when value.GetValueKind() == JsonValueKind.Number:
                Number(value, schema, path);
                break;
            default:
                break;
        }

        Combined(value, schema, path);
    }

    private void Map(JsonObject map, JsonObject schema, string path)
    {
        foreach (var name in schema.Texts("required").Where(name => !map.ContainsKey(name)))
        {
            errors.Required(Join(path, name));
        }

        Limit(map.Count, schema.Number("maxProperties"), schema.Number("minProperties"), path, "properties");
        foreach (var (name, value) in map)
        {
            if ((schema.Map("properties", name) ?? schema.Map("additionalProperties")) is { } field && !(path.Length == 0 && name == "metadata"))
            {
                Value(value, field, Join(path, name));
            }
        }
    }

    private void List(JsonArray list, JsonObject schema, string path)
    {
        if (schema.Number("maxItems") is { } most && list.Count > most)
        {
            errors.Add(path, "FieldValueTooMany", $"Too many: {list.Count}: must have at most {most} items");
        }

        Limit(list.Count, null, schema.Number("minItems"), path, "items");
        var keys = schema.Texts("x-kubernetes-list-map-keys").ToList();
        var isSet = schema.Text("x-kubernetes-list-type") == "set";
        HashSet<string> seen = [];
        for (var i = 0; i < list.Count; i++)
        {
            var identity = isSet ? list[i]?.ToJsonString() ?? "null"
                : keys.Count > 0 ? string.Join('\n', keys.Select(key => list[i].At(key)?.ToJsonString() ?? "")) : "";
            if ((isSet || keys.Count > 0) && !seen.Add(identity))
            {
                errors.Duplicate($"{path}[{i}]", isSet ? list[i] : new JsonObject([.. keys.Select(key => KeyValuePair.Create(key, list[i].At(key)?.DeepClone()))]));
            }

            if (schema.Map("items") is { } items)
            {
                Value(list[i], items, $"{path}[{i}]");
            }
        }
    }

    private void Text(string text, JsonObject schema, string path)
    {
        if (schema.Number("maxLength") is { } most && text.Length > most)
        {
            errors.Add(path, "FieldValueTooLong", $"Too long: may not be more than {most} bytes");
        }

        if (schema.Number("minLength") is { } least && text.Length < least)
        {
            errors.Invalid(path, text, $"{path} in body should be at least {least} chars long");
        }

        if (schema.Text("pattern") is { Length: > 0 } pattern && !Regex.IsMatch(text, pattern, RegexOptions.None, PatternMax))
        {
            errors.Invalid(path, text, $"{path} in body should match '{pattern}'");
        }

        var isWell = schema.Text("format") switch
        {
            "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            "uuid" => Guid.TryParse(text, out _),
            "ipv4" => System.Net.IPAddress.TryParse(text, out _),
            _ => true,
        };
        if (!isWell)
        {
            errors.Invalid(path, text, $"{path} in body must be of type {schema.Text("format")}: \"{text}\"");
        }
    }

    private void Number(JsonNode value, JsonObject schema, string path)
    {
        var number = Real(value);
        if (schema["maximum"] is { } most && (schema.Flag("exclusiveMaximum") ? number >= Real(most) : number > Real(most)))
        {
            errors.Invalid(path, value, $"{path} in body should be less than {(schema.Flag("exclusiveMaximum") ? "" : "or equal to ")}{most.ToJsonString()}");
        }

        if (schema["minimum"] is { } least && (schema.Flag("exclusiveMinimum") ? number <= Real(least) : number < Real(least)))
        {
            errors.Invalid(path, value, $"{path} in body should be greater than {(schema.Flag("exclusiveMinimum") ? "" : "or equal to ")}{least.ToJsonString()}");
        }

        if (schema["multipleOf"] is { } step && number % Real(step) != 0)
        {
            errors.Invalid(path, value, $"{path} in body should be a multiple of {step.ToJsonString()}");
        }
    }

    /// <summary>allOf, anyOf, oneOf and not: the branches only restrict, they do not describe fields.</summary>
    private void Combined(JsonNode value, JsonObject schema, string path)
    {
        foreach (var part in schema.Each("allOf"))
        {
            Value(value, part, path);
        }

        var any = schema.Each("anyOf").ToList();
        if (any.Count > 0 && !any.Exists(part => Fits(value, part, path)))
        {
            errors.Invalid(path, value, $"{path} in body must validate at least one schema (anyOf)");
        }

        var one = schema.Each("oneOf").ToList();
        if (one.Count > 0 && one.Count(part => Fits(value, part, path)) != 1)
        {
            errors.Invalid(path, value, $"{path} in body must validate one and only one schema (oneOf). Found {one.Count(part => Fits(value, part, path))} valid alternatives");
        }

        if (schema.Map("not") is { } not && Fits(value, not, path))
        {
            errors.Invalid(path, value, $"{path} in body must not validate the schema (not)");
        }
    }

    private static bool Fits(JsonNode value, JsonObject schema, string path)
    {
        var found = new FieldErrors();
        new SchemaCheck(found).Value(value, schema, path);
        return found.Count == 0;
    }

    private void Limit(int count, long? most, long? least, string path, string what)
    {
        if (most is { } top && count > top)
        {
            errors.Add(path, "FieldValueTooMany", $"Too many: {count}: must have at most {top} {what}");
        }

        if (least is { } bottom && count < bottom)
        {
            errors.Invalid(path, count, $"{path} in body should have at least {bottom} {what}");
        }
    }

    private static bool HasType(JsonNode value, JsonObject schema) => schema.Text("type") switch
    {
        "" => !schema.Flag("x-kubernetes-int-or-string") || TypeOf(value) is "integer" or "string",
        "number" => TypeOf(value) is "number" or "integer",
        "integer" => TypeOf(value) == "integer" || (TypeOf(value) == "number" && Real(value) % 1 == 0),
        var asked => TypeOf(value) == asked,
    };

    private static string TypeOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.ToJsonString().AsSpan().IndexOfAny(".eE") < 0 ? "integer" : "number",
        _ => "boolean",
    };

    private static double Real(JsonNode number) => double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
