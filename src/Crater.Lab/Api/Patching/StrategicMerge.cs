using System.Text.Json.Nodes;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Patching;

/// <summary>
/// Strategic merge patch: maps merge, lists with a merge key merge item by item, other lists are replaced; with the directives $patch,
/// $retainKeys, $setElementOrder and $deleteFromPrimitiveList.
/// </summary>
internal static class StrategicMerge
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string ElementOrderOf = "$setElementOrder/";
    private const string DeleteValues = "$deleteFromPrimitiveList/";

    public static JsonObject Apply(JsonObject patch, JsonObject current, string typeName) =>
        Merge(patch, current, new FieldType(ValueShape.Object, typeName, null));

    private static JsonObject Merge(JsonObject patch, JsonObject current, FieldType type)
    {
        if (patch.Text(Directive) is { Length: > 0 } directive)
        {
            if (directive == "replace")
            {
                var replacement = patch.DeepClone().AsObject();
                replacement.Remove(Directive);
                return replacement;
            }

            if (directive == "delete")
            {
                return [];
            }

            if (directive != "merge")
            {
                throw Broken($"unknown patch type: {directive} in map: {Shown(patch)}");
            }
        }

        var merged = current.DeepClone().AsObject();
        if (patch[RetainKeys] is JsonArray)
        {
            var kept = patch.Texts(RetainKeys).ToHashSet();
            foreach (var gone in merged.Select(pair => pair.Key).Where(key => !kept.Contains(key)).ToList())
            {
                merged.Remove(gone);
            }
        }

        foreach (var (key, value) in patch.Where(pair => !pair.Key.StartsWith('$')))
        {
            var field = FieldOf(type, key);
            MergeField(merged, key, value, field, patch[ElementOrderOf + key] as JsonArray);
        }

        foreach (var (key, value) in patch.Where(pair => pair.Key.StartsWith(DeleteValues, StringComparison.Ordinal)))
        {
            DeleteFrom(merged, key[DeleteValues.Length..], value as JsonArray ?? []);
        }

        foreach (var (key, value) in patch.Where(pair => pair.Key.StartsWith(ElementOrderOf, StringComparison.Ordinal)))
        {
            var name = key[ElementOrderOf.Length..];
            if (merged[name] is JsonArray list && patch[name] is not JsonArray)
            {
                merged[name] = ElementOrder.Of(list, [.. value as JsonArray ?? []], [.. current[name] as JsonArray ?? []], FieldOf(type, name)?.MergeKey ?? "");
            }
        }

        return merged;
    }

    private static void MergeField(JsonObject merged, string key, JsonNode? value, TypeField? field, JsonArray? order)
    {
        switch (value)
        {
            case null:
                merged.Remove(key);
                break;
            case JsonObject changes:
                merged[key] = changes.Text(Directive) == "delete" ? null
                    : Merge(changes, merged[key] as JsonObject ?? [], field?.Type ?? FieldType.Any);
                if (merged[key] is null)
                {
                    merged.Remove(key);
                }

                break;
            case JsonArray changes when field is { MergeKey: not null }:
                merged[key] = MergeList(changes, merged[key] as JsonArray ?? [], field, order);
                break;
            default:
                merged[key] = value.DeepClone();
                break;
        }
    }

    private static JsonArray MergeList(JsonArray changes, JsonArray current, TypeField field, JsonArray? order)
    {
        var key = field.MergeKey!;
        var plain = changes.Where(item => item.Text(Directive) is not ("delete" or "replace")).ToList();
        if (order is not null && !ElementOrder.Follows(plain, [.. order], key))
        {
            throw Broken($"The order in patch list:\n{Shown(changes)}\n doesn't match $setElementOrder list:\n{Shown(order)}\n");
        }

        if (key.Length == 0)
        {
            var known = current.Select(item => item?.ToJsonString()).ToHashSet();
            return ElementOrder.Of(current.Concat(changes.Where(item => known.Add(item?.ToJsonString()))), order is null ? plain : [.. order], [.. current], key);
        }

        var replaces = changes.OfType<JsonObject>().Any(item => item.Text(Directive) == "replace" && !item.ContainsKey(key));
        var merged = replaces ? [] : current.Select(item => item?.DeepClone()).ToList();
        foreach (var change in changes.OfType<JsonObject>())
        {
            if (!change.ContainsKey(key))
            {
                if (change.Text(Directive).Length == 0)
                {
                    throw Broken($"map: {Shown(change)} does not contain declared merge key: {key}");
                }

                continue;
            }

            var at = merged.FindIndex(item => JsonNode.DeepEquals(item.At(key), change[key]));
            if (change.Text(Directive) == "delete")
            {
                if (at >= 0)
                {
                    merged.RemoveAt(at);
                }
            }
            else if (at >= 0)
            {
                merged[at] = Merge(change, merged[at] as JsonObject ?? [], field.Type.Element!);
            }
            else
            {
                merged.Add(Merge(change, [], field.Type.Element!));
            }
        }

        return replaces ? new JsonArray([.. merged]) : ElementOrder.Of(merged, order is null ? plain : [.. order], [.. current], key);
    }

    private static ApiException Broken(string why) => new(500, "", why);

    /// <summary>As the real server prints what it was given.</summary>
    private static string Shown(JsonNode? value) => value switch
    {
        JsonObject map => $"map[{string.Join(' ', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{Shown(pair.Value)}"))}]",
        JsonArray list => $"[{string.Join(' ', list.Select(Shown))}]",
        null => "<nil>",
        _ => value.Text(),
    };

    private static void DeleteFrom(JsonObject merged, string key, JsonArray gone)
    {
        if (merged[key] is JsonArray list)
        {
            merged[key] = new JsonArray(
                [.. list.Where(item => !gone.Any(other => JsonNode.DeepEquals(other, item))).Select(item => item?.DeepClone())]);
        }
    }

    private static TypeField? FieldOf(FieldType type, string name) => type.Shape switch
    {
        ValueShape.Object => TypeTable.FieldsOf(type.TypeName)?.GetValueOrDefault(name),
        ValueShape.Map => new TypeField(name, type.Element!, false, null, false),
        _ => null,
    };
}
