using System.Globalization;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>A share as people write it: <c>0.34</c> or <c>34%</c>.</summary>
internal static class ShareText
{
    /// <summary>Null when the text is no share between 0 and 1.</summary>
    public static Ratio? Read(string? text)
    {
        var isPercent = text?.EndsWith('%') ?? false;
        if (!double.TryParse(isPercent ? text![..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var value = isPercent ? number / 100 : number;
        return value is >= 0 and <= 1 ? new Ratio(value) : null;
    }
}
