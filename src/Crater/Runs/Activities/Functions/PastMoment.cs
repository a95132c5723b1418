using System.Globalization;
using System.Text.RegularExpressions;

namespace Crater.Runs.Activities.Functions;

/// <summary>Reads moments as people write them in documents: dates, seconds since 1970, and "5 minutes ago".</summary>
public static partial class PastMoment
{
    /// <summary>Null when it is none. A span without direction, such as <c>1d</c>, lies in the past; a date without zone is UTC.</summary>
    public static DateTimeOffset? Read(string text, DateTimeOffset now)
    {
        text = text.Trim();
        switch (text.ToLowerInvariant())
        {
            case "now" or "today":
                return now;
            case "yesterday":
                return now.AddDays(-1);
            case "tomorrow":
                return now.AddDays(1);
        }

        if (Span(text, now) is { } moment)
        {
            return moment;
        }

        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e11)
        {
            return DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
    }

    private static DateTimeOffset? Span(string text, DateTimeOffset now)
    {
        var match = Spans().Match(text);
        if (!match.Success || (match.Groups["in"].Success && match.Groups["ago"].Success))
        {
            return null;
        }

        var sign = match.Groups["in"].Success ? 1 : -1;
        try
        {
            for (var i = 0; i < match.Groups["n"].Captures.Count; i++)
            {
                var written = match.Groups["n"].Captures[i].Value;
                var number = written is "a" or "an" or "A" or "An" ? 1 : double.Parse(written, CultureInfo.InvariantCulture);
                now = Moved(now, sign * number, match.Groups["unit"].Captures[i].Value.ToLowerInvariant());
            }

            return now;
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static DateTimeOffset Moved(DateTimeOffset from, double number, string unit) => unit switch
    {
        _ when unit.StartsWith("mo", StringComparison.Ordinal) => from.AddMonths((int)number),
        _ => unit[0] switch
        {
            's' => from.AddSeconds(number),
            'm' => from.AddMinutes(number),
            'h' => from.AddHours(number),
            'd' => from.AddDays(number),
            'w' => from.AddDays(7 * number),
            _ => from.AddYears((int)number),
        },
    };

    [GeneratedRegex(@"^(?<in>in\s+)?(?:(?<n>\d+(?:\.\d+)?|an?)\s*(?<unit>seconds?|secs?|s|minutes?|mins?|months?|mo|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y)\b[\s,]*(?:and\s+)?)+(?<ago>ago)?$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spans();
}
