using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>The node itself, if the condition holds for it.</summary>
internal sealed record HereSelector(PathCondition Condition) : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        if (Condition.Holds(node, root, ref visits))
        {
            found.Add(node);
        }
    }
}

/// <summary>The children whose names or indices a path gives.</summary>
internal sealed record NodeSelector(PathOperand Operand) : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        foreach (var value in Operand.Values(node, root, ref visits))
        {
            PathSelector? selector = value?.GetValueKind() switch
            {
                JsonValueKind.String => new NameSelector(value.GetValue<string>()),
                JsonValueKind.Number when JsonNumbers.Read(value) is { } index && index == Math.Floor(index) && Math.Abs(index) < int.MaxValue => new IndexSelector((int)index),
                _ => null,
            };
            selector?.Select(node, root, found, ref visits);
        }
    }
}

/// <summary>A slice whose step, like Python's range, goes from the start to the end and nowhere else.</summary>
internal sealed record ForwardSliceSelector(int? Start, int? End, int? Step) : PathSelector
{
    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        if (node is not JsonArray list)
        {
            return;
        }

        var step = Step ?? 1;
        if (step == 0)
        {
            throw new InvalidOperationException("A slice with a step of 0 has no end.");
        }

        var start = (long)(Start ?? 0);
        start = start < 0 ? Math.Max(0, start + list.Count) : start;
        var end = Math.Min(list.Count, End is null ? list.Count : End < 0 ? End.Value + (long)list.Count : End.Value);
        for (var index = start; step > 0 && index < end; index += step)
        {
            found.Add(list[(int)index]);
        }
    }
}

/// <summary>One of the functions of the language.</summary>
internal sealed record CallSelector(string Name, IReadOnlyList<PathOperand> Arguments) : PathSelector
{
    public static IReadOnlyList<string> Names { get; } = ["charAt", "entries", "keys", "length", "substring", "values"];

    public override void Select(JsonNode? node, JsonNode? root, List<JsonNode?> found, ref int visits)
    {
        List<int> numbers = [];
        foreach (var argument in Arguments)
        {
            if (argument.Values(node, root, ref visits) is not [var value, ..] || JsonNumbers.Read(value) is not { } number)
            {
                return;
            }

            numbers.Add((int)Math.Clamp(number, int.MinValue, int.MaxValue));
        }

        if (Call(node, numbers) is { } result)
        {
            found.Add(result);
        }
    }

    private JsonNode? Call(JsonNode? node, List<int> numbers) => (Name, node, numbers) switch
    {
        ("length", JsonArray list, []) => list.Count,
        ("length", JsonValue value, []) when Text(value) is { } text => text.Length,
        ("keys", JsonObject map, []) => new JsonArray([.. map.Select(pair => JsonValue.Create(pair.Key))]),
        ("keys", JsonArray list, []) => new JsonArray([.. Enumerable.Range(0, list.Count).Select(index => JsonValue.Create(index))]),
        ("values", JsonObject map, []) => new JsonArray([.. map.Select(pair => pair.Value?.DeepClone())]),
        ("values", JsonArray list, []) => list.DeepClone(),
        ("entries", JsonObject map, []) => new JsonArray([.. map.Select(pair => new JsonArray(pair.Key, pair.Value?.DeepClone()))]),
        ("entries", JsonArray list, []) => new JsonArray([.. list.Select((item, index) => new JsonArray(index, item?.DeepClone()))]),
        ("charAt", JsonValue value, [var at]) when Text(value) is { } text && Place(at, text.Length) is var place && place < text.Length && at >= -text.Length => text[place].ToString(),
        ("substring", JsonValue value, [var from]) when Text(value) is { } text => text[Place(from, text.Length)..],
        ("substring", JsonValue value, [var from, var to]) when Text(value) is { } text && Place(from, text.Length) is var start && Place(to, text.Length) is var end => start < end ? text[start..end] : "",
        _ => null,
    };

    private static string? Text(JsonValue value) => value.TryGetValue<string>(out var text) ? text : null;

    private static int Place(int index, int length) => Math.Clamp(index < 0 ? index + length : index, 0, length);
}

/// <summary>Compares each value of one side with each of the other; one pair that fits is enough. Only numbers have an order.</summary>
internal sealed record SomeCondition(PathOperand Left, string Operator, PathOperand Right) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits)
    {
        var left = Left.Values(current, root, ref visits);
        var right = Right.Values(current, root, ref visits);
        visits -= left.Count * right.Count;
        return left.Any(one => right.Any(other => Fits(one, other)));
    }

    private bool Fits(JsonNode? left, JsonNode? right) => Operator switch
    {
        "=" => PythonValue.AreEqual(left, right),
        "!=" => !PythonValue.AreEqual(left, right),
        "contains" => Contains(left, right),
        _ => PythonValue.Number(left) is { } one && PythonValue.Number(right) is { } other && Operator switch
        {
            "<" => one < other,
            "<=" => one <= other,
            ">" => one > other,
            _ => one >= other,
        },
    };

    private static bool Contains(JsonNode? whole, JsonNode? part) => whole switch
    {
        JsonArray list => list.Any(item => PythonValue.AreEqual(item, part)),
        JsonObject map => part?.GetValueKind() == JsonValueKind.String && map.ContainsKey(part.GetValue<string>()),
        JsonValue value when value.TryGetValue<string>(out var text) => part?.GetValueKind() == JsonValueKind.String && text.Contains(part.GetValue<string>(), StringComparison.Ordinal),
        _ => false,
    };
}

/// <summary>A value that stands alone: whether Python takes it for true.</summary>
internal sealed record LiteralCondition(JsonNode? Literal) : PathCondition
{
    public override bool Holds(JsonNode? current, JsonNode? root, ref int visits) => PythonValue.IsTrue(Literal);
}
