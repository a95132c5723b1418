using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Ownership;

/// <summary>What an applied configuration must be before it is merged, in the words of the real server.</summary>
internal static class AppliedCheck
{
    /// <exception cref="ApiException">BadRequest: it is not this object's; without a reason: a field has no place in the schema.</exception>
    public static void Check(ResourceKind kind, string space, string name, JsonObject config)
    {
        if (config.At("metadata", "managedFields") is JsonArray)
        {
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        }

        if (config.Text("kind").Length == 0 || config.Text("apiVersion").Length == 0)
        {
            throw ApiException.BadRequest($"error decoding patch: Object '{(config.Text("kind").Length == 0 ? "Kind" : "apiVersion")}' is missing");
        }

        if (config.Name() is { Length: > 0 } named && named != name)
        {
            throw ApiException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
        }

        var gvk = $"{(space.Length > 0 ? space : "")}/{name}; {kind.Group}/{kind.Version}, Kind={kind.Kind}";
        var problem = Items(config, FieldShape.Of(kind), "") ?? Unknown(kind, config);
        if (problem is not null)
        {
            throw new ApiException(500, "", $"failed to create typed patch object ({gvk}): {problem}");
        }
    }

    private static string? Unknown(ResourceKind kind, JsonObject config)
    {
        try
        {
            var copy = config.DeepClone().AsObject();
            var unknown = kind.Definition is null ? TypeCheck.Prune(copy, kind) : StructuralSchema.Prune(copy, kind);
            return unknown.Count == 0 ? null : string.Join("\n", unknown.Select(path => $".{path}: field not declared in schema"));
        }
        catch (ApiException wrong)
        {
            return wrong.InnerException?.Message ?? wrong.Message;
        }
    }

    /// <summary>A plain value of another type than its place has.</summary>
    private static string? Scalar(JsonNode? value, FieldShape shape, string path) => (shape.Scalar, value?.GetValueKind()) switch
    {
        (_, null or JsonValueKind.Null) or (ValueShape.Text, JsonValueKind.String) => null,
        (ValueShape.Integer or ValueShape.Number, JsonValueKind.Number) or (ValueShape.Flag, JsonValueKind.True or JsonValueKind.False) => null,
        (ValueShape.Text, _) => $"{path}: expected string, got &value.valueUnstructured{{Value:{GoText(value)}}}",
        (ValueShape.Integer or ValueShape.Number, var kind) => $"{path}: expected numeric (int or float), got {GoType(kind!.Value)}",
        (ValueShape.Flag, _) => $"{path}: expected boolean, got &{{{value}}}",
        _ => null,
    };

    private static string GoText(JsonNode? value) => value switch
    {
        JsonObject => "map[string]interface {}{}",
        JsonArray => "[]interface {}{}",
        _ => value!.ToJsonString(),
    };

    private static string GoType(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "[]interface {}",
        _ => "map[string]interface {}",
    };

    /// <summary>Items of a list with keys must have them, and no two may have the same.</summary>
    private static string? Items(JsonNode? value, FieldShape shape, string path)
    {
        if (FieldCompare.IsWhole(value, shape))
        {
            return Scalar(value, shape, path);
        }

        if (value is JsonArray list)
        {
            HashSet<string> seen = [];
            foreach (var (item, index) in list.Select((item, index) => (item, index)))
            {
                var step = shape.StepOf(item);
                if (shape.Grain == Grain.KeyedItems && shape.Keys.FirstOrDefault(key => !step.Contains($"\"{key}\":", StringComparison.Ordinal)) is { } missing)
                {
                    return $"{path}: element {index}: associative list with keys has an element that omits key field \"{missing}\" (and doesn't have default value)";
                }

                if (!seen.Add(step))
                {
                    return $"{path}: duplicate entries for key {FieldSet.Of([step]).Paths().First()}";
                }
            }
        }

        return FieldCompare.Items(value, shape)
            .Select(pair => Items(pair.Value, FieldCompare.ShapeOf(shape, pair.Key), $"{path}{FieldSet.Of([pair.Key]).Paths().First()}")).FirstOrDefault(found => found is not null);
    }
}
