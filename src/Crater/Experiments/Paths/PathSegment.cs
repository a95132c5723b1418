using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>One step of a path: its selectors applied to the children of a node, or to those of all its descendants too.</summary>
internal sealed record PathSegment(bool IsDescendant, IReadOnlyList<PathSelector> Selectors)
{
    public void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        if (--visits < 0)
        {
            throw new InvalidOperationException("The path visits more than a million nodes.");
        }

        foreach (var selector in Selectors)
        {
            selector.Select(node, root, found, ref visits);
        }

        if (!IsDescendant)
        {
            return;
        }

        foreach (var child in Children(node))
        {
            Select(child, root, found, ref visits);
        }
    }

    public static IEnumerable<JsonNode?> Children(JsonNode? node) => node switch
    {
        JsonObject map => map.Select(pair => pair.Value),
        JsonArray list => list,
        _ => [],
    };
}

/// <summary>Picks children of one node. A closed family.</summary>
internal abstract record PathSelector
{
    public abstract void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits);
}

internal sealed record NameSelector(string Name) : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        if (node is JsonObject map && map.TryGetPropertyValue(Name, out var value))
        {
            found.Add(value);
        }
    }
}

internal sealed record WildcardSelector : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits) => found.AddRange(PathSegment.Children(node));
}

internal sealed record IndexSelector(int Index) : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        if (node is JsonArray list && (Index < 0 ? list.Count + Index : Index) is var place && place >= 0 && place < list.Count)
        {
            found.Add(list[place]);
        }
    }
}

internal sealed record SliceSelector(int? Start, int? End, int Step) : PathSelector
{
    // RFC 9535, section 2.3.4.2.2.
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        if (node is not JsonArray list || Step == 0)
        {
            return;
        }

        var count = list.Count;
        var start = Normal(Start ?? (Step > 0 ? 0 : count - 1), count);
        var end = Normal(End ?? (Step > 0 ? count : -count - 1), count);
        if (Step > 0)
        {
            for (long i = Math.Clamp(start, 0, count); i < Math.Clamp(end, 0, count); i += Step)
            {
                found.Add(list[(int)i]);
            }
        }
        else
        {
            for (long i = Math.Clamp(start, -1, count - 1); i > Math.Clamp(end, -1, count - 1); i += Step)
            {
                found.Add(list[(int)i]);
            }
        }
    }

    private static int Normal(int index, int count) => index >= 0 ? index : count + index;
}

internal sealed record FilterSelector(PathCondition Condition) : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        foreach (var child in PathSegment.Children(node))
        {
            if (Condition.Holds(child, root, ref visits))
            {
                found.Add(child);
            }
        }
    }
}
