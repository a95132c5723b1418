using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>What a filter asks of a node. A closed family.</summary>
internal abstract record PathCondition
{
    public abstract bool Holds(JsonNode? current, JsonNode? root, ref int visits);
}

internal sealed record AnyCondition(IReadOnlyList<PathCondition> Parts) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits)
    {
        foreach (var part in Parts)
        {
            if (part.Holds(current, root, ref visits))
            {
                return true;
            }
        }

        return false;
    }
}

internal sealed record AllCondition(IReadOnlyList<PathCondition> Parts) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits)
    {
        foreach (var part in Parts)
        {
            if (!part.Holds(current, root, ref visits))
            {
                return false;
            }
        }

        return true;
    }
}

internal sealed record NotCondition(PathCondition Inner) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits) => !Inner.Holds(current, root, ref visits);
}

internal sealed record ExistsCondition(PathOperand Operand) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits) => Operand.Values(current, root, ref visits).Count > 0;
}

internal sealed record ComparisonCondition(PathOperand Left, string Operator, PathOperand Right) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits)
    {
        var left = Left.Values(current, root, ref visits);
        var right = Right.Values(current, root, ref visits);
        var isEqual = left.Count == 0 || right.Count == 0
            ? left.Count == right.Count
            : JsonNode.DeepEquals(left[0], right[0]);
        return Operator switch
        {
            "==" => isEqual,
            "!=" => !isEqual,
            "<=" => isEqual || IsLess(left, right),
            ">=" => isEqual || IsLess(right, left),
            "<" => IsLess(left, right),
            _ => IsLess(right, left),
        };
    }

    // Numbers and texts have an order; nothing else has.
    private static bool IsLess(List<JsonNode?> left, List<JsonNode?> right)
    {
        if (left is not [{ } small, ..] || right is not [{ } large, ..])
        {
            return false;
        }

        return (small.GetValueKind(), large.GetValueKind()) switch
        {
            (JsonValueKind.Number, JsonValueKind.Number) => JsonNumbers.Read(small) < JsonNumbers.Read(large),
            (JsonValueKind.String, JsonValueKind.String) => string.CompareOrdinal(small.GetValue<string>(), large.GetValue<string>()) < 0,
            _ => false,
        };
    }
}

/// <summary>One side of a comparison: a literal, or a path from the current node or from the root.</summary>
internal sealed record PathOperand(bool IsLiteral, JsonNode? Literal, bool IsFromRoot, IReadOnlyList<PathSegment> Segments)
{
    public List<JsonNode?> Values(JsonNode? current, JsonNode? root, ref int visits) =>
        IsLiteral ? [Literal] : JsonPath.Select(Segments, IsFromRoot ? root : current, root, ref visits);
}
