using System.Globalization;
using System.Text;

namespace Crater.Documents;

/// <summary>Writes one text in the plainest form of YAML that reads back as the same text: bare, as a block, or quoted.</summary>
internal static class YamlText
{
    // Words and letters that one reader or another takes for something else than text.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
        { "y", "n", "yes", "no", "on", "off", "true", "false", "null" };

    /// <param name="indent">Where the lines of a block start; null where a block cannot stand (a key).</param>
    public static string Write(string text, int? indent) =>
        IsBare(text) ? text
        : indent is { } spaces && IsBlock(text) ? Block(text, Math.Max(2, spaces))
        : Quoted(text);

    private static bool IsBare(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] is '_' or '/')
        && text[^1] is not (' ' or ':')
        && !Reserved.Contains(text)
        && !text.Contains(": ", StringComparison.Ordinal)
        && !text.Contains(" #", StringComparison.Ordinal)
        && text.All(IsPrintable);

    // Only the harmless ones: every line begins with a visible character and ends without blanks.
    private static bool IsBlock(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        return text.Contains('\n') && lines.Length > 1 && lines[0].Length > 0
            && lines.All(line => line.All(IsPrintable) && !line.EndsWith(' ') && (line.Length == 0 || line[0] != ' ' || lines[0][0] != ' '))
            && lines[0][0] != ' ' && text.TrimEnd('\n').Length > 0;
    }

    private static string Block(string text, int indent)
    {
        var body = text.TrimEnd('\n');
        var ends = text.Length - body.Length;
        var block = new StringBuilder(ends switch { 0 => "|-", 1 => "|", _ => "|+" });
        foreach (var line in body.Split('\n'))
        {
            block.Append('\n').Append(' ', line.Length > 0 ? indent : 0).Append(line);
        }

        return block.Append('\n', Math.Max(0, ends - 1)).ToString();
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                _ when rune.Value > 0xFFFF => $"\\U{rune.Value.ToString("X8", CultureInfo.InvariantCulture)}",
                _ when !IsPrintable((char)rune.Value) => $"\\u{rune.Value.ToString("X4", CultureInfo.InvariantCulture)}",
                _ => rune.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    // What YAML allows unescaped within one line, without byte order marks, line separators and halves of pairs.
    private static bool IsPrintable(char letter) =>
        letter is (>= ' ' and <= '~') or (>= '\u00A0' and < '\u2028') or (> '\u2029' and < '\uD800') or (>= '\uE000' and < '\uFEFF') or (> '\uFEFF' and <= '\uFFFD');
}
