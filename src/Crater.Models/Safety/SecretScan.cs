using System.Text.RegularExpressions;

namespace Crater.Models.Safety;

/// <summary>
/// Finds what looks like a secret, by form and by how random it is, and takes it out. Rather one word too many than one key too few: what it takes out by mistake is only a word less
/// in a prompt or a transcript.
/// </summary>
public static partial class SecretScan
{
    public const string Mark = "[redacted]";

    /// <summary>Bits per character from which a long word counts as random: hexadecimal digits have at most 4, base 64 at most 6.</summary>
    private const double BitsMin = 3.6;

    private const int RandomLengthMin = 32;

    /// <returns>The text without them, and how many there were.</returns>
    public static (string Text, int Found) Redact(string text)
    {
        var found = 0;
        string Count(Match match, string replacement)
        {
            found++;
            return replacement;
        }

        text = Block().Replace(text, match => Count(match, Mark));
        text = KnownForm().Replace(text, match => Count(match, Mark));
        text = UserInfo().Replace(text, match => Count(match, $"{match.Groups[1].Value}{Mark}@"));
        text = Bearer().Replace(text, match => Count(match, $"{match.Groups[1].Value}{Mark}"));
        text = Named().Replace(text, match => match.Groups[2].Value.StartsWith(Mark, StringComparison.Ordinal) ? match.Value : Count(match, $"{match.Groups[1].Value}{Mark}"));
        text = LongWord().Replace(text, match => IsRandom(match.Value) ? Count(match, Mark) : match.Value);
        return (text, found);
    }

    private static bool IsRandom(string word)
    {
        if (!word.Any(char.IsAsciiDigit) || !word.Any(char.IsAsciiLetter))
        {
            return false;
        }

        var bits = word.GroupBy(c => c).Select(c => (double)c.Count() / word.Length).Sum(share => -share * Math.Log2(share));
        return word.Length >= RandomLengthMin && bits >= BitsMin - (word.All(char.IsAsciiHexDigit) ? 0.6 : 0);
    }

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", RegexOptions.Singleline)]
    private static partial Regex Block();

    // AWS, OpenAI and Anthropic, GitHub, GitLab, Slack, Google, Stripe, npm, JSON web tokens.
    [GeneratedRegex(@"\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,}|hvs\.[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)")]
    private static partial Regex KnownForm();

    [GeneratedRegex(@"([a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]+@", RegexOptions.IgnoreCase)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{12,}", RegexOptions.IgnoreCase)]
    private static partial Regex Bearer();

    [GeneratedRegex(@"((?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?)[""']?\s*[=:]\s*[""']?)([^\s""',;&}]{3,})", RegexOptions.IgnoreCase)]
    private static partial Regex Named();

    [GeneratedRegex(@"[A-Za-z0-9+/=_]{32,}")]
    private static partial Regex LongWord();
}
