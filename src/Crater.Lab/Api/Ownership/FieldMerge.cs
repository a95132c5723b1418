using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Ownership;

/// <summary>Puts an applied configuration into an object, and takes fields out of it.</summary>
internal static class FieldMerge
{
    /// <summary>The object with what the configuration says; what it does not name stays.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? applied, FieldShape shape)
    {
        if (FieldCompare.IsWhole(live, shape) || FieldCompare.IsWhole(applied, shape))
        {
            return applied?.DeepClone();
        }

        if (applied is JsonObject map)
        {
            var merged = live!.DeepClone().AsObject();
            foreach (var (name, value) in map)
            {
                merged[name] = Merge(merged[name], value, shape.Field(name));
            }

            return merged;
        }

        return MergeItems(live!.AsArray(), applied!.AsArray(), shape);
    }

    /// <summary>Takes out the fields of a set, and what is empty without them.</summary>
    /// <param name="kept">Fields that others own: an item with one of them stays.</param>
    public static void Remove(JsonNode? value, FieldSet gone, FieldSet kept, FieldShape shape)
    {
        foreach (var (step, child) in gone.Children)
        {
            var (others, inner) = (kept.Find(step), FieldCompare.ShapeOf(shape, step));
            if (child.IsMember && others is null or { IsEmpty: true })
            {
                Drop(value, step, shape);
                continue;
            }

            var item = Find(value, step, shape);
            Remove(item, child, others ?? new FieldSet(), inner);
            if ((item is JsonObject { Count: 0 } or JsonArray { Count: 0 }) && others is not { IsMember: true })
            {
                Drop(value, step, shape);
            }
        }
    }

    /// <summary>Items that both have are merged in the configuration's order; the others keep their place before them.</summary>
    private static JsonArray MergeItems(JsonArray live, JsonArray applied, FieldShape shape)
    {
        var old = live.Select(item => (Step: shape.StepOf(item), Item: item)).DistinctBy(pair => pair.Step).ToList();
        var now = applied.Select(item => (Step: shape.StepOf(item), Item: item)).DistinctBy(pair => pair.Step).ToList();
        var (inOld, inNow) = (old.ToDictionary(pair => pair.Step, pair => pair.Item), now.Select(pair => pair.Step).ToHashSet());
        HashSet<string> done = [];
        JsonArray merged = [];
        var at = 0;
        foreach (var (step, item) in now)
        {
            while (at < old.Count && (!inNow.Contains(old[at].Step) || done.Contains(old[at].Step)))
            {
                Keep(old[at++]);
            }

            merged.Add(inOld.TryGetValue(step, out var before) ? Merge(before, item, shape.Item()) : item?.DeepClone());
            done.Add(step);
        }

        foreach (var rest in old)
        {
            Keep(rest);
        }

        return merged;

        void Keep((string Step, JsonNode? Item) one)
        {
            if (!inNow.Contains(one.Step) && done.Add(one.Step))
            {
                merged.Add(one.Item?.DeepClone());
            }
        }
    }

    private static JsonNode? Find(JsonNode? value, string step, FieldShape shape) => value switch
    {
        JsonObject map when step[0] == 'f' => map[step[2..]],
        JsonArray list => list.FirstOrDefault(item => shape.StepOf(item) == step),
        _ => null,
    };

    private static void Drop(JsonNode? value, string step, FieldShape shape)
    {
        if (value is JsonObject map && step[0] == 'f')
        {
            map.Remove(step[2..]);
        }
        else if (value is JsonArray list)
        {
            foreach (var item in list.Where(item => shape.StepOf(item) == step).ToList())
            {
                list.Remove(item);
            }
        }
    }
}
