using System.Globalization;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Limits of guards in the unit of their metric: ratios 0 to 1, seconds, cores, bytes.</summary>
internal static class GuardLimits
{
    /// <summary>The limit as a number; null and a complaint when the text is none in the metric's unit.</summary>
    public static double? Read(string metric, string text, out string complaint)
    {
        var unit = KnownMetrics.Unit(metric);
        var limit = unit switch
        {
            "ratio" => ShareText.Read(text)?.Value,
            "s" => Durations.TryParse(text, out var duration) ? duration.TotalSeconds : null,
            "cores" or "bytes" => Quantity.TryParse(text, out var quantity) && quantity >= 0 ? quantity : null,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
        };
        complaint = limit is not null ? "" : $"'{text}' is not a limit of {metric}; write {Form(unit)}.";
        if (unit == "bytes" && limit is > 0 and <= 1)
        {
            complaint = $"{metric} is measured in bytes and {text} looks like a share; write the bytes, for example 128Mi.";
            return null;
        }

        return limit;
    }

    /// <summary>The guard with a limit. A reading equal to a limit of <c>&gt;=</c> trips it: the limit moves by the smallest step a number can take.</summary>
    public static GuardCondition With(GuardCondition guard, string comparison, double limit) => comparison switch
    {
        ">" => guard with { Above = limit },
        ">=" => guard with { Above = Math.BitDecrement(limit) },
        "<" => guard with { Below = limit },
        _ => guard with { Below = Math.BitIncrement(limit) },
    };

    private static string Form(string unit) => unit switch
    {
        "ratio" => "a share between 0 and 1 such as 0.05, or 5%",
        "s" => "a duration such as 500ms or 2s (a bare number is seconds)",
        "cores" => "cores such as 0.5 or 500m",
        "bytes" => "bytes such as 128Mi",
        _ => "a number",
    };
}
