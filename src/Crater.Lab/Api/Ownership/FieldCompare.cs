using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Ownership;

/// <summary>Which fields two states of an object differ in.</summary>
internal sealed record FieldChanges(FieldSet Removed, FieldSet Modified, FieldSet Added)
{
    /// <summary>What the writer of the second state has said.</summary>
    public FieldSet Written => Modified.Union(Added);

    public bool IsEmpty => Removed.IsEmpty && Modified.IsEmpty && Added.IsEmpty;
}

/// <summary>Compares objects and reads them as sets of fields, by their shapes.</summary>
internal static class FieldCompare
{
    /// <summary>What a server gives to every object, so that nobody owns it.</summary>
    private static readonly string[] Unowned =
        ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"];

    /// <summary>Objects that a real server writes even when they are empty: that one of them has come to be says nothing.</summary>
    private static readonly string[] AlwaysThere = ["metadata", "spec", "status", "strategy", "updateStrategy", "template", "jobTemplate", "names"];

    private static readonly FieldSet Nobodys =
        FieldSet.Of([["f:apiVersion"], ["f:kind"], ["f:metadata"], .. Unowned.Select(name => (string[])["f:metadata", "f:" + name])]);

    public static FieldChanges Compare(JsonObject before, JsonObject after, ResourceKind kind)
    {
        var changes = new FieldChanges(new FieldSet(), new FieldSet(), new FieldSet());
        var isBuiltIn = kind.Definition is null;
        Fields(before, after, FieldShape.Of(kind), changes, isBuiltIn);
        return new FieldChanges(Strip(changes.Removed), Strip(changes.Modified), Strip(changes.Added));
    }

    /// <summary>The fields that an applied configuration names.</summary>
    public static FieldSet SetOf(JsonObject applied, ResourceKind kind)
    {
        var set = new FieldSet();
        Collect(applied, FieldShape.Of(kind), set);
        return Strip(set);
    }

    /// <summary>Whether a value is taken apart, or owned as a whole.</summary>
    public static bool IsWhole(JsonNode? value, FieldShape shape) => (shape.Grain, value) switch
    {
        (Grain.Fields, JsonObject) => false,
        (Grain.KeyedItems or Grain.PlainItems, JsonArray) => false,
        _ => true,
    };

    public static IEnumerable<KeyValuePair<string, JsonNode?>> Items(JsonNode? value, FieldShape shape) => value switch
    {
        JsonObject map => map.Select(pair => KeyValuePair.Create("f:" + pair.Key, pair.Value)),
        JsonArray list => list.Select(item => KeyValuePair.Create(shape.StepOf(item), item)).DistinctBy(pair => pair.Key),
        _ => [],
    };

    public static FieldShape ShapeOf(FieldShape shape, string step) => step[0] == 'f' ? shape.Field(step[2..]) : shape.Item();

    private static FieldSet Strip(FieldSet set) => set.Except(Nobodys).Trim();

    private static void Compare(JsonNode? before, JsonNode? after, bool was, bool isThere, FieldShape shape, FieldChanges changes, bool isBuiltIn)
    {
        var isWhole = (was && IsWhole(before, shape) && before is not null) || (isThere && IsWhole(after, shape) && after is not null)
            || (IsBare(before) && IsBare(after));
        if (isWhole)
        {
            if (!was)
            {
                changes.Added.Add();
            }
            else if (!isThere)
            {
                changes.Removed.Add();
            }
            else if (!JsonNode.DeepEquals(before, after))
            {
                changes.Modified.Add();
            }

            return;
        }

        if (was && isThere && JsonNode.DeepEquals(before, after))
        {
            return;
        }

        Fields(before, after, shape, changes, isBuiltIn);
        if (!was)
        {
            changes.Added.Add();
        }
        else if (!isThere)
        {
            changes.Removed.Add();
        }
    }

    private static void Fields(JsonNode? before, JsonNode? after, FieldShape shape, FieldChanges changes, bool isBuiltIn)
    {
        var (old, now) = (Items(before, shape).ToDictionary(), Items(after, shape).ToDictionary());
        foreach (var step in old.Keys.Union(now.Keys).ToList())
        {
            var (was, isThere) = (old.TryGetValue(step, out var one), now.TryGetValue(step, out var other));
            var inner = new FieldChanges(changes.Removed.Make(step), changes.Modified.Make(step), changes.Added.Make(step));
            var name = step.StartsWith("f:", StringComparison.Ordinal) ? step[2..] : "";
            var isAlways = isBuiltIn && AlwaysThere.Contains(name) && (one ?? other) is JsonObject;
            if (isBuiltIn && name == "containers")
            {
                (was, isThere) = (true, true);
            }

            if (isAlways)
            {
                (one, other, was, isThere) = (one ?? new JsonObject(), other ?? new JsonObject(), true, true);
            }

            Compare(one, other, was, isThere, ShapeOf(shape, step), inner, isAlways);
        }
    }

    private static void Collect(JsonNode? value, FieldShape shape, FieldSet set)
    {
        foreach (var (step, item) in Items(value, shape))
        {
            var (child, inner) = (set.Make(step), ShapeOf(shape, step));
            if (IsWhole(item, inner) || IsBare(item))
            {
                child.Add();
                continue;
            }

            if (step[0] != 'f' || !shape.HasNamedFields)
            {
                child.Add();
            }

            Collect(item, inner, child);
        }
    }

    private static bool IsBare(JsonNode? value) => value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };
}
