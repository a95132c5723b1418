using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crater.Models.Safety;

/// <summary>
/// Text of others made harmless. What a model writes is kept to letters, digits and the punctuation of sentences, so that it is only text wherever it is shown: in a terminal, in Markdown,
/// in HTML, in Slack, in YAML. Escaping at the place where it is shown comes on top.
/// </summary>
public static partial class PlainText
{
    private const string Punctuation = " .,;:!?'\"()/%+-=_&";

    /// <summary>Without control characters, directions of writing and what has no width; line breaks and tabs stay.</summary>
    public static string WithoutControls(string text)
    {
        if (!text.EnumerateRunes().Any(IsInvisible))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes().Where(rune => !IsInvisible(rune)))
        {
            clean.Append(rune);
        }

        return clean.ToString();
    }

    /// <summary>One line without control characters, cut at <paramref name="max"/> characters with a mark that says so.</summary>
    public static string Line(string text, int max)
    {
        var line = string.Join(' ', WithoutControls(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= max ? line : $"{Cut(line, max - 1)}…";
    }

    /// <summary>A model's sentence or two: one line, at most <paramref name="max"/> characters, no markup, no link, no substitution, no mention.</summary>
    public static string Prose(string text, int max)
    {
        var words = WithoutControls(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => IsAddress(word) ? "(link left out)" : word);
        var clean = new StringBuilder();
        foreach (var rune in string.Join(' ', words).EnumerateRunes())
        {
            clean.Append(rune.Value switch
            {
                '<' => "‹",
                '>' => "›",
                '’' or '‘' => "'",
                '“' or '”' => "\"",
                '–' or '—' => "-",
                _ when Rune.IsLetterOrDigit(rune) || IsMark(rune) || (rune.IsAscii && Punctuation.Contains((char)rune.Value)) => rune.ToString(),
                _ => " ",
            });
        }

        return Line(clean.ToString(), max);
    }

    private static bool IsAddress(string word) =>
        word.Contains("://", StringComparison.Ordinal) || word.Contains("www.", StringComparison.OrdinalIgnoreCase) || word.Contains("](", StringComparison.Ordinal)
        || word.Contains("javascript:", StringComparison.OrdinalIgnoreCase) || word.Contains("mailto:", StringComparison.OrdinalIgnoreCase) || word.Contains("data:", StringComparison.OrdinalIgnoreCase)
        || (Domain().IsMatch(word) && !OwnFile().IsMatch(word));

    // Slack and terminals make a link of a bare domain too.
    [GeneratedRegex(@"[a-z0-9-]\.[a-z]{2,24}(?:[/:?#]\S|\W*\z)", RegexOptions.IgnoreCase)]
    private static partial Regex Domain();

    [GeneratedRegex(@"^[\w./(""'-]*\.(?:yaml|yml|json|jsonl|csv|html|conf|md)\W*\z", RegexOptions.IgnoreCase)]
    private static partial Regex OwnFile();

    // An accent belongs to its letter; more than that is a tower of them, and Line cuts it.
    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool IsInvisible(Rune rune) => rune.Value is not ('\n' or '\t') && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned;

    private static string Cut(string text, int at) => char.IsHighSurrogate(text[at - 1]) ? text[..(at - 1)] : text[..at];
}
