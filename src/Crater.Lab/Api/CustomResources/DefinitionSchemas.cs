using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Lab.Api.Admission;
using Crater.Lab.Api.Expressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>What the schemas of a definition must and must not say.</summary>
internal static class DefinitionSchemas
{
    private static readonly string[] Types = ["object", "array", "string", "integer", "number", "boolean"];
    private static readonly string[] ListTypes = ["atomic", "set", "map"];

    public static void Check(JsonObject schema, string path, FieldErrors errors)
    {
        var type = schema.Text("type");
        if (type.Length == 0)
        {
            if (!schema.Flag("x-kubernetes-int-or-string") && !schema.Flag("x-kubernetes-preserve-unknown-fields"))
            {
                errors.Required($"{path}.type", "must not be empty for specified object fields");
            }
        }
        else if (!Types.Contains(type))
        {
            errors.NotSupported($"{path}.type", type, Types);
        }

        if (type == "array" && schema.Map("items") is null)
        {
            errors.Required($"{path}.items", "must be specified");
        }

        if (schema.Map("additionalProperties") is not null && schema.Map("properties") is not null)
        {
            errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        }

        CheckDefault(schema, path, errors);
        CheckList(schema, path, errors);
        CheckPattern(schema, path, errors);
        CheckRules(schema, path, errors);
        foreach (var (name, field) in schema.Map("properties") ?? [])
        {
            if (field is JsonObject inner)
            {
                Check(inner, $"{path}.properties[{name}]", errors);
            }
        }

        foreach (var one in (string[])["items", "additionalProperties"])
        {
            if (schema.Map(one) is { } inner)
            {
                Check(inner, $"{path}.{one}", errors);
            }
        }
    }

    private static void CheckDefault(JsonObject schema, string path, FieldErrors errors)
    {
        if (schema["default"] is not { } value)
        {
            return;
        }

        var kind = value.GetValueKind();
        var isOf = kind switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => value.Text().All(letter => char.IsAsciiDigit(letter) || letter == '-') ? "integer" : "number",
        };
        if (schema.Text("type") is { Length: > 0 } type && type != isOf && !(type == "number" && isOf == "integer"))
        {
            errors.Add($"{path}.default", "FieldValueInvalid", $"Invalid value: \"{isOf}\":  in body must be of type {type}: \"{isOf}\"");
        }
    }

    private static void CheckList(JsonObject schema, string path, FieldErrors errors)
    {
        var type = schema.Text("x-kubernetes-list-type");
        PodRules.OneOf($"{path}.x-kubernetes-list-type", type, ListTypes, errors);
        if (type == "map" && !schema.Texts("x-kubernetes-list-map-keys").Any())
        {
            errors.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }
    }

    private static void CheckPattern(JsonObject schema, string path, FieldErrors errors)
    {
        try
        {
            _ = new Regex(schema.Text("pattern"), RegexOptions.None, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException wrong)
        {
            errors.Invalid($"{path}.pattern", schema.Text("pattern"), $"must be a valid regular expression, but isn't: {wrong.Message}");
        }
    }

    private static void CheckRules(JsonObject schema, string path, FieldErrors errors)
    {
        foreach (var (rule, index) in schema.Each(SchemaRules.Rules).Select((rule, index) => (rule, index)))
        {
            foreach (var part in (string[])["rule", "messageExpression"])
            {
                try
                {
                    if (rule.Text(part) is { Length: > 0 } text)
                    {
                        SchemaRules.Read(text);
                    }
                    else if (part == "rule")
                    {
                        errors.Required($"{path}.{SchemaRules.Rules}[{index}].rule", "rule is not specified");
                    }
                }
                catch (ExpressionException wrong)
                {
                    errors.Invalid($"{path}.{SchemaRules.Rules}[{index}].{part}", rule.Text(part), $"compilation failed: ERROR: <input>:1:{wrong.At + 1}: {wrong.Message}");
                }
            }
        }
    }
}
