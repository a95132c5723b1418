using System.Text;
using Crater.Diagnostics;

namespace Crater.Experiments.Wrapper;

/// <summary>Puts values in the place of <c>%(key)s</c>, from the same section or DEFAULT; <c>%%</c> is a percent sign.</summary>
internal sealed class IniInterpolation(IniText ini, string section)
{
    // Deeper nesting is a circle for configparser too.
    private const int DepthMax = 10;

    /// <summary>The keys that values were put in from.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <exception cref="CraterException">CRT1222: a lone <c>%</c>, an unknown key, or a circle.</exception>
    public string Apply(IniValue value)
    {
        var result = new StringBuilder();
        Append(result, value.Text, value, 1);
        return result.ToString();
    }

    private void Append(StringBuilder result, string text, IniValue whole, int depth)
    {
        if (depth > DepthMax)
        {
            throw Wrong(whole, $"{whole.Key} leads back to itself, or through more than {DepthMax} keys.");
        }

        for (int at; (at = text.IndexOf('%', StringComparison.Ordinal)) >= 0;)
        {
            result.Append(text, 0, at);
            text = text[(at + 1)..];
            if (text.StartsWith('%'))
            {
                result.Append('%');
                text = text[1..];
                continue;
            }

            var end = text.IndexOf(")s", StringComparison.Ordinal);
            if (!text.StartsWith('(') || end < 0 || text.IndexOf(')', StringComparison.Ordinal) < end)
            {
                throw Wrong(whole, $"{whole.Key} has a '%' that stands for nothing; write %% for a percent sign, or %(key)s for the value of a key.");
            }

            var key = text[1..end].ToLowerInvariant();
            var inner = ini.Find(section, key) ?? throw Wrong(whole, $"{whole.Key} refers to %({key})s, which is declared neither in [{section}] nor in [{IniText.Default}].");
            Used.Add(key);
            Append(result, inner.Text, whole, depth + 1);
            text = text[(end + 2)..];
        }

        result.Append(text);
    }

    private static CraterException Wrong(IniValue value, string message) =>
        CraterException.For("The conf file", [new Problem($"[{value.Section}].{value.Key}", "CRT1222", message, value.Line, 1)]);
}
