using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments.Paths;

namespace Crater.Experiments;

/// <summary>How Python would write, compare and weigh a value: the format's rules are stated in its terms.</summary>
public static class PythonValue
{
    /// <summary>As <c>str()</c> writes it: a text as it is, <c>True</c>, <c>None</c>, <c>1.0</c>, <c>[1, 'a']</c>.</summary>
    public static string Text(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : Write(value, new StringBuilder()).ToString();

    /// <summary>Whether Python would take a value for true: not null, false, 0, or empty.</summary>
    public static bool IsTrue(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        JsonValueKind.Number => JsonNumbers.Read(value) != 0,
        JsonValueKind.String => value.GetValue<string>().Length > 0,
        JsonValueKind.Array => ((JsonArray)value).Count > 0,
        _ => ((JsonObject)value).Count > 0,
    };

    /// <summary>As <c>==</c>: 1, 1.0 and True are equal, and nothing equals a text but the same text.</summary>
    public static bool AreEqual(JsonNode? left, JsonNode? right)
    {
        if (Number(left) is { } first && Number(right) is { } second)
        {
            return first == second;
        }

        return (left, right) switch
        {
            (JsonArray one, JsonArray other) => one.Count == other.Count && one.Zip(other).All(pair => AreEqual(pair.First, pair.Second)),
            (JsonObject one, JsonObject other) => one.Count == other.Count
                && one.All(pair => other.TryGetPropertyValue(pair.Key, out var value) && AreEqual(pair.Value, value)),
            _ => left?.GetValueKind() == right?.GetValueKind() && JsonNode.DeepEquals(left, right),
        };
    }

    /// <summary>Less than 0, 0 or more than 0; null when Python has no order for the two, such as a number and a text.</summary>
    public static int? Compare(JsonNode? left, JsonNode? right)
    {
        if (Number(left) is { } first && Number(right) is { } second)
        {
            return first.CompareTo(second);
        }

        return left?.GetValueKind() == JsonValueKind.String && right?.GetValueKind() == JsonValueKind.String
            ? string.CompareOrdinal(left.GetValue<string>(), right.GetValue<string>())
            : null;
    }

    /// <summary>A number or a boolean, which is 0 or 1; null for anything else.</summary>
    public static double? Number(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => JsonNumbers.Read(value),
    };

    private static StringBuilder Write(JsonNode? value, StringBuilder text)
    {
        switch (value)
        {
            case JsonArray list:
                return WriteAll(list, '[', ']', text, static (item, text) => Write(item, text));
            case JsonObject map:
                return WriteAll(map, '{', '}', text, static (pair, text) => Write(pair.Value, Quote(pair.Key, text).Append(": ")));
            default:
                return value?.GetValueKind() switch
                {
                    null or JsonValueKind.Null => text.Append("None"),
                    JsonValueKind.True => text.Append("True"),
                    JsonValueKind.False => text.Append("False"),
                    JsonValueKind.Number => text.Append(NumberText(value)),
                    _ => Quote(value.GetValue<string>(), text),
                };
        }
    }

    private static StringBuilder WriteAll<TItem>(IEnumerable<TItem> items, char open, char close, StringBuilder text, Action<TItem, StringBuilder> write)
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            text.Append(isFirst ? "" : ", ");
            isFirst = false;
            write(item, text);
        }

        return text.Append(close);
    }

    private static string NumberText(JsonNode value)
    {
        var json = value.ToJsonString();
        if (!json.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return json;
        }

        var number = double.Parse(json, CultureInfo.InvariantCulture);
        return number == Math.Floor(number) && Math.Abs(number) < 1e16
            ? number.ToString("0.0", CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
    }

    private static StringBuilder Quote(string value, StringBuilder text)
    {
        var quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                _ when letter == quote => text.Append('\\').Append(letter),
                < ' ' or '\u007F' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                _ => text.Append(letter),
            };
        }

        return text.Append(quote);
    }
}
