namespace Crater.Diagnostics;

/// <summary>Finds the known word that somebody probably meant.</summary>
public static class Spelling
{
    /// <summary>The known words within an edit distance of a third of the word's length (at least 2), or that contain it; the nearest first.</summary>
    /// <param name="max">How many at most.</param>
    public static IReadOnlyList<string> Nearest(string word, IEnumerable<string> known, int max = 3)
    {
        var lower = word.ToLowerInvariant();
        var limit = Math.Max(2, lower.Length / 3);
        return [.. known.Distinct(StringComparer.Ordinal)
            .Select(candidate => (candidate, distance: Closeness(lower, candidate.ToLowerInvariant(), limit)))
            .Where(pair => pair.distance <= limit)
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Take(max).Select(pair => pair.candidate)];
    }

    /// <summary>A clause for an error message: <c> Did you mean a or b?</c>, empty when nothing is near.</summary>
    public static string DidYouMean(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { Count: > 0 } near ? $" Did you mean {string.Join(" or ", near)}?" : "";

    /// <summary>Levenshtein distance: inserted, deleted and changed characters.</summary>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[right.Length];
    }

    // A whole part of a longer name (delay in network-delay) is as near as one wrong letter. Very long words are never near: the distance is quadratic.
    private static int Closeness(string word, string candidate, int limit) =>
        word.Length > 100 || word.Length == 0 ? int.MaxValue
        : candidate.Split('-', '_', '.').Contains(word) ? 1
        : Math.Abs(word.Length - candidate.Length) > limit ? int.MaxValue
        : Distance(word, candidate);
}
