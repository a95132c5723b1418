using System.Globalization;
using System.Text.RegularExpressions;

namespace Crater.Benchmarks;

/// <summary>The proposals' faults last as long as people need to look at them; for a verdict three fifths of that are enough, and a benchmark of a hundred runs should end.</summary>
internal static partial class Pace
{
    private const double Share = 0.6;

    public static string Quicken(string document) =>
        Duration().Replace(document, match => $"{match.Groups[1].Value}{(int)(int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) * Share)}s");

    [GeneratedRegex(@"^(      duration: )(\d+)s$", RegexOptions.Multiline)]
    private static partial Regex Duration();
}
