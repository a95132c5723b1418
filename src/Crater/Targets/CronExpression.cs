using System.Globalization;

namespace Crater.Targets;

/// <summary>
/// A cron schedule of five fields (minute, hour, day of month, month, day of week) with <c>*</c>, lists, ranges, steps, names of months and days and the usual @words,
/// in the local time of a zone. A local time that does not exist (clocks go forward) is left out; one that is there twice (clocks go back) counts the first time.
/// As in cron, a restricted day of month and a restricted day of week are alternatives.
/// </summary>
public sealed class CronExpression
{
    /// <summary>How far ahead a next time is looked for: February 29th comes every eight years at the latest.</summary>
    private const int DaysMax = 366 * 8 + 2;

    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
    };

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly (int Min, int Max)[] Ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

    private readonly SortedSet<int>[] _fields;
    private readonly bool _anyDay;
    private readonly bool _anyWeekday;

    private CronExpression(SortedSet<int>[] fields, bool anyDay, bool anyWeekday) => (_fields, _anyDay, _anyWeekday) = (fields, anyDay, anyWeekday);

    /// <returns>Null for a text that is no schedule.</returns>
    public static CronExpression? TryParse(string text)
    {
        var parts = Words.GetValueOrDefault(text.Trim(), text).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != Ranges.Length)
        {
            return null;
        }

        var fields = new SortedSet<int>[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (Field(parts[i], i) is not { Count: > 0 } values)
            {
                return null;
            }

            fields[i] = values;
        }

        if (fields[4].Remove(7))
        {
            fields[4].Add(0);
        }

        return new CronExpression(fields, parts[2].StartsWith('*'), parts[4].StartsWith('*'));
    }

    /// <summary>The first time after <paramref name="after"/>; null when there is none within eight years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        for (var day = 0; day < DaysMax; day++)
        {
            var date = local.Date.AddDays(day);
            if (!IsDay(date))
            {
                continue;
            }

            foreach (var time in from hour in _fields[1] from minute in _fields[0] select date.AddHours(hour).AddMinutes(minute))
            {
                if (Moment(time, zone) is { } moment && moment > after)
                {
                    return moment;
                }
            }
        }

        return null;
    }

    /// <summary>Whether the schedule comes round at the beginning of that very minute.</summary>
    public bool Matches(DateTimeOffset minute, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(minute, zone).DateTime;
        return _fields[0].Contains(local.Minute) && _fields[1].Contains(local.Hour) && IsDay(local.Date) && Moment(local, zone) == minute;
    }

    private static DateTimeOffset? Moment(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
        {
            return null;
        }

        // Of a time that is there twice the first: the larger offset from UTC.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private bool IsDay(DateTime date)
    {
        if (!_fields[3].Contains(date.Month))
        {
            return false;
        }

        var (day, week) = (_fields[2].Contains(date.Day), _fields[4].Contains((int)date.DayOfWeek));
        return _anyDay || _anyWeekday ? day && week : day || week;
    }

    private static SortedSet<int>? Field(string text, int place)
    {
        SortedSet<int> values = [];
        foreach (var part in text.Split(','))
        {
            var sides = part.Split('/');
            var step = 1;
            if (sides.Length > 2 || (sides.Length == 2 && !(int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) && step > 0)))
            {
                return null;
            }

            if (Range(sides[0], place, isStepped: sides.Length == 2) is not { } range)
            {
                return null;
            }

            for (var value = range.First; value <= range.Last; value += step)
            {
                values.Add(value);
            }
        }

        return values;
    }

    private static (int First, int Last)? Range(string text, int place, bool isStepped)
    {
        var (min, max) = Ranges[place];
        if (text == "*")
        {
            return (min, place == 4 ? 6 : max);
        }

        var ends = text.Split('-');
        if (ends.Length > 2 || Number(ends[0], place) is not { } first || Number(ends[^1], place) is not { } last || first < min || last > max || first > last)
        {
            return null;
        }

        return (first, ends.Length == 1 && isStepped ? max : last);
    }

    private static int? Number(string text, int place)
    {
        var named = place switch
        {
            3 => Array.IndexOf(Months, text.ToLowerInvariant()) is >= 0 and var month ? month + 1 : -1,
            4 => Array.IndexOf(Days, text.ToLowerInvariant()),
            _ => -1,
        };
        return named >= 0 ? named : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
