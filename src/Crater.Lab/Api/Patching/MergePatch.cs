using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Patching;

/// <summary>JSON merge patch, RFC 7386: maps merge, null removes, everything else replaces.</summary>
internal static class MergePatch
{
    public static JsonNode? Apply(JsonNode? patch, JsonNode? target)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = target is JsonObject map ? map.DeepClone().AsObject() : [];
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = Apply(value, merged[key]);
            }
        }

        return merged;
    }
}
