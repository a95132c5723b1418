using Crater.Diagnostics;
using YamlDotNet.Core;

namespace Crater.Documents;

/// <summary>Turns the YAML parser's complaint into a problem that says what to do.</summary>
internal static class YamlSyntax
{
    public static Problem Explain(YamlException error, string text)
    {
        var (line, column) = ((int)error.Start.Line, (int)error.Start.Column);
        var lines = text.Split('\n');
        if (TabLine(lines, line) is { } tab)
        {
            return new Problem("", "CRT1103", "The line is indented with a tab. YAML takes spaces only.", tab, 1);
        }

        var detail = error.Message.TrimEnd('.');
        if (detail.StartsWith("While ", StringComparison.Ordinal) || detail.StartsWith("Did ", StringComparison.Ordinal))
        {
            detail = char.ToLowerInvariant(detail[0]) + detail[1..];
        }

        var isAtEnd = line >= LastFilled(lines) && IsCut(text, error.Message);
        return isAtEnd
            ? new Problem("", "CRT1110", $"The YAML ends too early ({detail}): is the file cut off or half-written?", line, column)
            : new Problem("", "CRT1101", $"This is not YAML: {detail}.", line, column);
    }

    private static int? TabLine(string[] lines, int line)
    {
        for (var i = Math.Max(1, line - 1); i <= Math.Min(lines.Length, line + 1); i++)
        {
            if (lines[i - 1].TrimStart(' ').StartsWith('\t'))
            {
                return i;
            }
        }

        return null;
    }

    private static int LastFilled(string[] lines)
    {
        var last = lines.Length;
        while (last > 1 && string.IsNullOrWhiteSpace(lines[last - 1]))
        {
            last--;
        }

        return last;
    }

    // An open bracket or quote, or the parser's own word for the end of the text.
    private static bool IsCut(string text, string message) =>
        message.Contains("end of stream", StringComparison.OrdinalIgnoreCase) || message.Contains("too early", StringComparison.Ordinal)
        || text.Count(letter => letter is '{' or '[') > text.Count(letter => letter is '}' or ']');
}
