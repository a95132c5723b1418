namespace Crater.Models.Suggest;

/// <summary>Whether a text is English, as far as its little words tell. Short texts are given the benefit of the doubt.</summary>
internal static class English
{
    private const int WordsMin = 8;

    /// <summary>Of English text about four words in ten are among these, of other languages hardly any.</summary>
    private const double ShareMin = 0.12;

    // Words that are common in other languages too (in, on, a, no, die, is) are left out.
    private static readonly HashSet<string> Little = new(
        [
            "the", "of", "and", "to", "are", "this", "that", "with", "without", "when", "will", "would", "it", "its", "if", "by", "be", "been", "has", "have", "from", "for", "not", "which", "while",
            "whether", "can", "cannot", "could", "should", "only", "one", "all", "users", "or", "as", "at", "may", "their", "they", "because", "so", "into", "until", "there", "what", "than", "more",
        ],
        StringComparer.OrdinalIgnoreCase);

    public static bool Looks(string text)
    {
        var words = text.Split([' ', '\t', '\n', '.', ',', ';', ':', '(', ')', '"', '!', '?'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Any(char.IsLetter)).ToArray();
        var letters = text.Where(char.IsLetter).ToArray();
        // Writing without blanks has few words and many letters.
        return letters.Count(c => !char.IsAscii(c)) * 5 <= letters.Length && (words.Length < WordsMin || words.Count(Little.Contains) >= ShareMin * words.Length);
    }
}
