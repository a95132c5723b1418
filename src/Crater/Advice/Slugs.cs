using System.Text;

namespace Crater.Advice;

/// <summary>Titles as file names.</summary>
internal static class Slugs
{
    /// <summary>Long enough to be read, short enough for any file system (255 bytes a name).</summary>
    private const int LengthMax = 80;

    public static string Of(string title)
    {
        var slug = new StringBuilder();
        foreach (var c in title.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        var text = slug.ToString();
        return (text.Length > LengthMax ? text[..LengthMax] : text).Trim('-');
    }

    /// <summary>Two titles that fold to one slug are told apart by a number.</summary>
    public static IReadOnlyList<Proposal> MakeUnique(IEnumerable<Proposal> proposals)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<Proposal> unique = [];
        foreach (var proposal in proposals)
        {
            var slug = proposal.Slug;
            for (var n = 2; !seen.Add(slug); n++)
            {
                slug = $"{proposal.Slug}-{n}";
            }

            unique.Add(proposal with { Slug = slug });
        }

        return unique;
    }
}
