using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Experiments;

/// <summary>
/// What stands in <c>${outputs.…}</c>: the name of an activity, which may have spaces and dots in it, and a way into what it gave, as <c>.key</c> and
/// <c>[0]</c>. Where the name ends is only known from the names that there are: the longest one counts.
/// </summary>
public static class OutputReference
{
    /// <summary>The longest name that the reference begins with; null when there is none.</summary>
    /// <param name="reference">Without <c>outputs.</c>.</param>
    /// <param name="isName">Whether there is an activity of that name.</param>
    public static string? NameIn(string reference, Func<string, bool> isName)
    {
        for (var end = reference.Length; end > 0; end = reference.LastIndexOfAny(['.', '['], end - 1))
        {
            if (isName(reference[..end]))
            {
                return reference[..end];
            }
        }

        return null;
    }

    /// <summary>The value, if the activity gave one there. The line ends behind a program's output are left out, as a shell would.</summary>
    public static bool TryFind(string reference, IReadOnlyDictionary<string, JsonNode?> outputs, out JsonNode? value)
    {
        value = null;
        if (NameIn(reference, outputs.ContainsKey) is not { } name)
        {
            return false;
        }

        value = outputs[name];
        var rest = reference.AsSpan(name.Length);
        var last = "";
        while (rest.Length > 0)
        {
            if (!TryStep(ref rest, ref value, out last))
            {
                return false;
            }
        }

        if (last is "stdout" or "stderr" && value?.GetValueKind() == JsonValueKind.String)
        {
            value = JsonValue.Create(value.GetValue<string>().TrimEnd('\r', '\n'));
        }

        return true;
    }

    private static bool TryStep(ref ReadOnlySpan<char> rest, ref JsonNode? value, out string key)
    {
        key = "";
        if (rest[0] == '[')
        {
            var close = rest.IndexOf(']');
            var isIndex = close > 1 && int.TryParse(rest[1..close], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index) && value is JsonArray list
                && (index < 0 ? index + list.Count : index) is var place && place >= 0 && place < list.Count && Take(list[place], out value);
            rest = isIndex ? rest[(close + 1)..] : rest;
            return isIndex;
        }

        if (rest[0] != '.')
        {
            return false;
        }

        rest = rest[1..];
        var end = rest.IndexOfAny('.', '[');
        key = (end < 0 ? rest : rest[..end]).ToString();
        rest = end < 0 ? [] : rest[end..];
        return value is JsonObject map && map.TryGetPropertyValue(key, out value);
    }

    private static bool Take(JsonNode? found, out JsonNode? value)
    {
        value = found;
        return true;
    }
}
