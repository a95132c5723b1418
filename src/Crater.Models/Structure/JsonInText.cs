using System.Text.Json;
using Crater.Models.Protocols;

namespace Crater.Models.Structure;

/// <summary>Looks for JSON in what a model wrote: the whole text, a fenced block, or the first object that ends.</summary>
internal static class JsonInText
{
    public static JsonElement? Find(string text)
    {
        if (Json.TryParse(text) is { } whole)
        {
            return whole;
        }

        var fence = text.IndexOf("```", StringComparison.Ordinal);
        var line = fence < 0 ? -1 : text.IndexOf('\n', fence);
        var end = line < 0 ? -1 : text.IndexOf("```", line, StringComparison.Ordinal);
        return end > 0 && Json.TryParse(text[line..end]) is { } fenced ? fenced : FirstObject(text) is { } found ? Json.TryParse(found) : null;
    }

    /// <summary>From the first opening brace to the one that closes it, braces in strings not counted.</summary>
    private static string? FirstObject(string text)
    {
        var start = text.IndexOf('{', StringComparison.Ordinal);
        var (depth, inString) = (0, false);
        for (var i = Math.Max(0, start); start >= 0 && i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when inString:
                    i++;
                    break;
                case '"':
                    inString = !inString;
                    break;
                case '{' when !inString:
                    depth++;
                    break;
                case '}' when !inString && --depth == 0:
                    return text[start..(i + 1)];
            }
        }

        return null;
    }
}
