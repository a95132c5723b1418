using System.Text.RegularExpressions;

namespace Crater.Experiments;

/// <summary>Searches with a user's regular expression, in Python's syntax, and never for longer than a second.</summary>
public static class TimedRegex
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private const int LengthMax = 10_000;

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? Complaint(string pattern)
    {
        try
        {
            _ = Compile(pattern);
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }

    /// <summary>Whether the pattern is found anywhere in the text; null when the search took too long or the pattern is none.</summary>
    public static bool? Find(string pattern, string text)
    {
        try
        {
            return Compile(pattern).IsMatch(text);
        }
        catch (Exception error) when (error is RegexMatchTimeoutException or ArgumentException)
        {
            return null;
        }
    }

    private static Regex Compile(string pattern) => pattern.Length > LengthMax
        ? throw new ArgumentException($"it has {pattern.Length} characters, more than the {LengthMax} that are read.")
        : new(PythonPattern.Translate(pattern), RegexOptions.CultureInvariant, Limit);
}
