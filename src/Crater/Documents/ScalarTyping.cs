using System.Globalization;
using System.Text.RegularExpressions;

namespace Crater.Documents;

/// <summary>
/// Types a plain YAML scalar as PyYAML's safe loader does (YAML 1.1 with its quirks), since experiments were written against it:
/// <c>on</c> and <c>yes</c> are booleans, <c>1_000</c> and <c>0x1F</c> are integers, <c>010</c> is 8, <c>1:30</c> is 90, and <c>1e3</c> is text.
/// </summary>
/// <seealso href="https://github.com/yaml/pyyaml/blob/main/lib/yaml/resolver.py">PyYAML's implicit resolvers</seealso>
internal static partial class ScalarTyping
{
    private static readonly HashSet<string> Nulls = ["", "~", "null", "Null", "NULL"];
    private static readonly HashSet<string> Yes = ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
    private static readonly HashSet<string> No = ["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];

    public static (ScalarType Type, object? Value) Resolve(string text)
    {
        if (Nulls.Contains(text))
        {
            return (ScalarType.Null, null);
        }

        if (Yes.Contains(text) || No.Contains(text))
        {
            return (ScalarType.Boolean, Yes.Contains(text));
        }

        if (text.Length > 64 || !(char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.'))
        {
            return (ScalarType.Text, null);
        }

        if (IntegerForm().IsMatch(text) && Whole(text) is { } whole)
        {
            return (ScalarType.Integer, whole);
        }

        return (RealForm().IsMatch(text) || BigForm().IsMatch(text)) && Real(text) is { } real ? (ScalarType.Number, real) : (ScalarType.Text, null);
    }

    private static long? Whole(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var sign = digits[0] == '-' ? -1L : 1L;
        digits = digits.TrimStart('-', '+');
        try
        {
            return sign * digits switch
            {
                ['0', 'b', .. var bits] => Convert.ToInt64(bits, 2),
                ['0', 'x', .. var hex] => Convert.ToInt64(hex, 16),
                _ when digits.Contains(':') => digits.Split(':').Aggregate(0L, (sum, part) => checked((sum * 60) + long.Parse(part, CultureInfo.InvariantCulture))),
                ['0', _, ..] => Convert.ToInt64(digits, 8),
                _ => long.Parse(digits, CultureInfo.InvariantCulture),
            };
        }
        catch (Exception error) when (error is OverflowException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static double? Real(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var sign = digits[0] == '-' ? -1d : 1d;
        var bare = digits.TrimStart('-', '+');
        if (bare.Contains(':'))
        {
            return sign * bare.Split(':').Aggregate(0d, (sum, part) => (sum * 60) + double.Parse(part, CultureInfo.InvariantCulture));
        }

        return bare.ToUpperInvariant() switch
        {
            ".INF" => sign * double.PositiveInfinity,
            ".NAN" => double.NaN,
            _ => double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
        };
    }

    [GeneratedRegex(@"^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\z")]
    private static partial Regex IntegerForm();

    [GeneratedRegex(@"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z")]
    private static partial Regex RealForm();

    // An integer beyond 64 bits is a number that no rule of ours needs exactly.
    [GeneratedRegex(@"^[-+]?[1-9][0-9_]*\z")]
    private static partial Regex BigForm();
}
