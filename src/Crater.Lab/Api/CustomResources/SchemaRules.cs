using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission;
using Crater.Lab.Api.Expressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>The CEL rules of a schema (<c>x-kubernetes-validations</c>), each on the value at its own place.</summary>
internal static class SchemaRules
{
    public const string Rules = "x-kubernetes-validations";

    /// <summary>Rules that were read once; the same text means the same everywhere.</summary>
    private static readonly ConcurrentDictionary<string, Expression> Known = new();

    /// <exception cref="ExpressionException">The rule is not CEL, or uses what the lab does not have.</exception>
    public static Expression Read(string rule) => Known.GetOrAdd(rule, text => Expression.Read(text, "self", "oldSelf"));

    public static void Check(JsonNode? value, JsonNode? previous, JsonObject schema, string path, FieldErrors errors)
    {
        if (value is null)
        {
            return;
        }

        foreach (var rule in schema.Each(Rules))
        {
            CheckOne(rule, value, previous, schema, path, errors);
        }

        if (value is JsonObject map)
        {
            foreach (var (name, field) in map)
            {
                if ((schema.Map("properties", name) ?? schema.Map("additionalProperties")) is { } inner)
                {
                    Check(field, previous.At(name), inner, path.Length == 0 ? name : $"{path}.{name}", errors);
                }
            }
        }
        else if (value is JsonArray list && schema.Map("items") is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Check(list[i], Before(list[i], previous as JsonArray, schema), items, $"{path}[{i}]", errors);
            }
        }
    }

    private static void CheckOne(JsonObject rule, JsonNode value, JsonNode? previous, JsonObject schema, string path, FieldErrors errors)
    {
        var read = Read(rule.Text("rule"));
        if (read.UsesOld && previous is null)
        {
            return;
        }

        var field = rule.Text("fieldPath") is { Length: > 0 } named ? path + named : path;
        var shown = schema.Text("type") is "object" or "array" ? schema.Text("type") : value.Text();
        try
        {
            Dictionary<string, object?> names = new() { ["self"] = Expression.ValueOf(value), ["oldSelf"] = Expression.ValueOf(previous) };
            if (!read.IsTrue(names))
            {
                Refuse(rule, field, shown, MessageOf(rule, names), errors);
            }
        }
        catch (ExpressionException wrong)
        {
            errors.Invalid(field, shown, $"rule evaluation error: {wrong.Message}");
        }
    }

    private static void Refuse(JsonObject rule, string field, string shown, string message, FieldErrors errors)
    {
        switch (rule.Text("reason"))
        {
            case "FieldValueForbidden":
                errors.Forbidden(field, message);
                break;
            case "FieldValueRequired":
                errors.Required(field, message);
                break;
            case "FieldValueDuplicate":
                errors.Duplicate(field, shown);
                break;
            default:
                errors.Invalid(field, shown, message);
                break;
        }
    }

    private static string MessageOf(JsonObject rule, IReadOnlyDictionary<string, object?> names)
    {
        if (rule.Text("messageExpression") is { Length: > 0 } made)
        {
            try
            {
                return Read(made).Evaluate(names) as string ?? $"failed rule: {rule.Text("rule")}";
            }
            catch (ExpressionException)
            {
                // As on a real server, a message that cannot be made gives way to the plain one.
            }
        }

        return rule.Text("message") is { Length: > 0 } message ? message : $"failed rule: {rule.Text("rule")}";
    }

    /// <summary>The item of the list before the update that is the same one; only lists with keys have such.</summary>
    private static JsonNode? Before(JsonNode? item, JsonArray? previous, JsonObject schema)
    {
        var keys = schema.Texts("x-kubernetes-list-map-keys").ToList();
        return keys.Count == 0 ? null : previous?.FirstOrDefault(other => keys.TrueForAll(key => JsonNode.DeepEquals(other.At(key), item.At(key))));
    }
}
