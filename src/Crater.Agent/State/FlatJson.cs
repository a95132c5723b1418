using System.Globalization;
using System.Text;

namespace Crater.Agent.State;

/// <summary>
/// A map from text to text as one line of JSON. Everything that craterd writes down or tells its other processes has this form: there is nothing to migrate and nothing to
/// misread. Read and written here and not by the framework's JSON, whose start alone would cost each of three processes a tenth of the time that an injection may take.
/// </summary>
internal static class FlatJson
{
    public static string Write(IEnumerable<KeyValuePair<string, string>> map)
    {
        var text = new StringBuilder("{");
        foreach (var pair in map)
        {
            text.Append(text.Length > 1 ? "," : "");
            Quote(text, pair.Key);
            text.Append(':');
            Quote(text, pair.Value);
        }

        return text.Append('}').ToString();
    }

    /// <summary>Null when the text is anything else than a map from text to text as <see cref="Write"/> writes it.</summary>
    public static Dictionary<string, string>? Read(string text)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        var at = 0;
        if (!Take(text, ref at, '{'))
        {
            return null;
        }

        if (Take(text, ref at, '}'))
        {
            return at == text.Length ? map : null;
        }

        do
        {
            if (Unquote(text, ref at) is not { } key || !Take(text, ref at, ':') || Unquote(text, ref at) is not { } value)
            {
                return null;
            }

            map[key] = value;
        }
        while (Take(text, ref at, ','));

        return Take(text, ref at, '}') && at == text.Length ? map : null;
    }

    private static bool Take(string text, ref int at, char letter)
    {
        var isThere = at < text.Length && text[at] == letter;
        at += isThere ? 1 : 0;
        return isThere;
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var letter in value)
        {
            if (letter is '"' or '\\')
            {
                text.Append('\\').Append(letter);
            }
            else if (letter < ' ' || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' or '\u0085' or '\u007f')
            {
                // Half a surrogate pair has no UTF-8, and what ends a line to somebody has no place inside one.
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            }
            else
            {
                text.Append(letter);
            }
        }

        text.Append('"');
    }

    private static string? Unquote(string text, ref int at)
    {
        if (!Take(text, ref at, '"'))
        {
            return null;
        }

        var value = new StringBuilder();
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '"':
                    at++;
                    return value.ToString();
                case '\\' when at + 1 < text.Length && text[at + 1] is '"' or '\\':
                    value.Append(text[++at]);
                    break;
                case '\\' when at + 5 < text.Length && text[at + 1] == 'u'
                    && ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                    value.Append((char)code);
                    at += 5;
                    break;
                case '\\' or < ' ':
                    return null;
                case var letter:
                    value.Append(letter);
                    break;
            }
        }

        return null;
    }
}
