using System.Globalization;

namespace Crater.Targets;

/// <summary>A Kubernetes resource quantity: <c>100m</c>, <c>128Mi</c>, <c>1e3</c>, <c>0.5</c>, <c>2G</c>.</summary>
/// <seealso href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/">Quantity</seealso>
public static class Quantity
{
    private static readonly (string Suffix, double Factor)[] Suffixes =
    [
        ("Ki", 1024d), ("Mi", 1024d * 1024), ("Gi", 1024d * 1024 * 1024), ("Ti", Math.Pow(1024, 4)), ("Pi", Math.Pow(1024, 5)), ("Ei", Math.Pow(1024, 6)),
        ("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18),
    ];

    /// <summary>The plain number: bytes for memory, cores for CPU.</summary>
    /// <exception cref="FormatException">The text is no quantity.</exception>
    public static double Parse(string text) => TryParse(text, out var value)
        ? value
        : throw new FormatException($"'{text}' is not a Kubernetes quantity; write for example 100m, 0.5, 128Mi or 1e3.");

    public static bool TryParse(string? text, out double value)
    {
        text = text?.Trim() ?? "";
        const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (double.TryParse(text, Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value))
        {
            return double.IsFinite(value);
        }

        foreach (var (suffix, factor) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text[..^suffix.Length], Number, CultureInfo.InvariantCulture, out var number))
            {
                value = number * factor;
                return true;
            }
        }

        return false;
    }
}
