using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Patching;

/// <summary>Applies a patch of whatever content type.</summary>
internal static class Patches
{
    /// <exception cref="ApiException">The type is not known or the patch does not fit the object.</exception>
    public static JsonObject Apply(string contentType, JsonNode patch, JsonObject current, ResourceKind kind)
    {
        var typeName = Schemas.TypeTable.TypeOf(kind.Group, kind.Version, kind.Kind);
        return contentType switch
        {
            "application/json-patch+json" => JsonPatch.Apply(patch, current),
            "application/merge-patch+json" => (JsonObject)MergePatch.Apply(Map(patch), current)!,
            "application/strategic-merge-patch+json" when typeName is not null => StrategicMerge.Apply(Map(patch), current, typeName),
            "application/apply-patch+yaml" => typeName is null
                ? (JsonObject)MergePatch.Apply(Map(patch), current)! : StrategicMerge.Apply(Map(patch), current, typeName),
            _ => throw new ApiException(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: "
                + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"),
        };
    }

    private static JsonObject Map(JsonNode patch) => patch as JsonObject ?? throw ApiException.BadRequest(
        $"error decoding patch: json: cannot unmarshal {JsonKind(patch)} into Go value of type map[string]interface {{}}");

    /// <summary>What a value is, as Go's reader calls it.</summary>
    public static string JsonKind(JsonNode patch) => patch.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Object => "object",
        System.Text.Json.JsonValueKind.Array => "array",
        System.Text.Json.JsonValueKind.String => "string",
        System.Text.Json.JsonValueKind.Number => "number",
        _ => "bool",
    };
}
