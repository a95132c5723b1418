using System.Globalization;
using System.Text.RegularExpressions;

namespace Crater.Targets;

/// <summary>Durations as people write them: <c>500ms</c>, <c>2s</c>, <c>1m30s</c>, <c>2h</c>; a bare number is seconds.</summary>
public static partial class Durations
{
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration)
        ? duration
        : throw new FormatException($"'{text}' is not a duration; write for example 500ms, 2s, 1m30s or 2h.");

    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        text = text?.Trim() ?? "";
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            duration = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
            return true;
        }

        if (text.Length == 0 || !Whole().IsMatch(text))
        {
            return false;
        }

        var milliseconds = Part().Matches(text).Sum(part =>
            double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * UnitMs(part.Groups[2].Value));
        duration = TimeSpan.FromMilliseconds(Math.Min(milliseconds, TimeSpan.MaxValue.TotalMilliseconds / 2));
        return true;
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads back as the same duration, to the millisecond.</summary>
    public static string Text(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        if (duration.TotalSeconds < 1 || duration.Milliseconds != 0)
        {
            return duration.TotalSeconds is >= 1 and < 60
                ? $"{duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)}s"
                : $"{duration.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture)}ms";
        }

        var parts = new (long Count, string Unit)[] { ((long)duration.TotalHours, "h"), (duration.Minutes, "m"), (duration.Seconds, "s") };
        return string.Concat(parts.Where(part => part.Count > 0).Select(part => $"{part.Count}{part.Unit}"));
    }

    private static double UnitMs(string unit) => unit switch { "us" => 0.001, "ms" => 1, "s" => 1_000, "m" => 60_000, "h" => 3_600_000, _ => 86_400_000 };

    [GeneratedRegex(@"^(\d+(\.\d+)?(us|ms|s|m|h|d))+$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")]
    private static partial Regex Part();
}
