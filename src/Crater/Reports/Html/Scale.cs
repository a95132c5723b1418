namespace Crater.Reports.Html;

/// <summary>Round numbers for an axis.</summary>
internal static class Scale
{
    /// <summary>The step, one of 1, 2 or 5 times a power of ten, that divides <paramref name="span"/> into about <paramref name="parts"/>.</summary>
    public static double Step(double span, int parts)
    {
        if (span <= 0)
        {
            return 1;
        }

        var rough = span / parts;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch { <= 1 => power, <= 2 => 2 * power, <= 5 => 5 * power, _ => 10 * power };
    }

    /// <summary>Steps of time that people count in: 1, 2, 5, 10, 15, 30, 60 s and so on.</summary>
    public static double TimeStep(double seconds, int parts)
    {
        double[] steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
        return steps.FirstOrDefault(step => seconds / step <= parts, 7200);
    }
}
