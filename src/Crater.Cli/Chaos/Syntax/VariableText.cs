using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Cli.Chaos.Syntax;

/// <summary><c>--var name=value</c> and <c>--var name:type=value</c>, with the tool's own words for what is wrong.</summary>
internal static class VariableText
{
    /// <summary>Null when the text is a variable.</summary>
    public static string? Problem(string given)
    {
        try
        {
            _ = Read(given);
            return null;
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }

    /// <summary>The variables by name; the last one of a name counts.</summary>
    public static IReadOnlyDictionary<string, JsonNode?> All(IEnumerable<string> given)
    {
        var all = new Dictionary<string, JsonNode?>();
        foreach (var (name, value) in given.Select(Read))
        {
            all[name] = value;
        }

        return all;
    }

    private static KeyValuePair<string, JsonNode?> Read(string given)
    {
        var equals = given.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            throw new FormatException($"'{given}' needs to be in the format name[:type]=value");
        }

        var (head, text) = (given[..equals], given[(equals + 1)..]);
        var colon = head.LastIndexOf(':');
        return colon < 0
            ? KeyValuePair.Create(head, (JsonNode?)JsonValue.Create(text))
            : KeyValuePair.Create(head[..colon], Typed(head[(colon + 1)..], text));
    }

    private static JsonNode? Typed(string type, string text) => type switch
    {
        "str" or "string" or "bytes" => JsonValue.Create(text),
        "int" or "integer" => Whole(text),
        "float" or "number" => ChaosArguments.Number(text, out var number) ? JsonValue.Create(number) : throw new FormatException($"could not convert string to float: '{text}'"),
        "bool" => JsonValue.Create(text.ToLowerInvariant() is not ("false" or "0" or "no")),
        "json" => text.Length == 0 ? JsonValue.Create(text) : Parsed(text),
        _ => throw new FormatException("variable type can only be: bool, str, int, float, bytes or json"),
    };

    // As Python reads them: blanks around, a sign, underscores between digits.
    private static JsonValue Whole(string text)
    {
        var digits = text.Trim().Replace("_", "", StringComparison.Ordinal);
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? JsonValue.Create(whole)
            : throw new FormatException($"invalid literal for int() with base 10: '{text}'");
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException error)
        {
            throw new FormatException($"the value is not JSON: {error.Message}");
        }
    }
}
