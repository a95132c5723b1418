using System.Globalization;

namespace Crater.Lab.Controllers;

/// <summary>A cron schedule of five fields, with <c>*</c>, lists, ranges, steps and the usual @words; in UTC.</summary>
internal sealed class CronSchedule
{
    private static readonly Dictionary<string, string> Words = new()
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
    };

    private static readonly (int Min, int Max)[] Ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

    private readonly HashSet<int>[] _fields;
    private readonly bool _anyDay;
    private readonly bool _anyWeekday;

    private CronSchedule(HashSet<int>[] fields, bool anyDay, bool anyWeekday) => (_fields, _anyDay, _anyWeekday) = (fields, anyDay, anyWeekday);

    /// <returns>Null for a text that is no schedule.</returns>
    public static CronSchedule? Parse(string text)
    {
        var parts = Words.GetValueOrDefault(text, text).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Ranges.Length)
        {
            return null;
        }

        var fields = new HashSet<int>[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (ParseField(parts[i], Ranges[i]) is not { } values)
            {
                return null;
            }

            fields[i] = values;
        }

        return new CronSchedule(fields, parts[2].StartsWith('*'), parts[4].StartsWith('*'));
    }

    public bool Matches(DateTimeOffset minute)
    {
        var utc = minute.UtcDateTime;
        var weekday = (int)utc.DayOfWeek;
        var day = _fields[2].Contains(utc.Day);
        var week = _fields[4].Contains(weekday) || (weekday == 0 && _fields[4].Contains(7));
        var isDay = _anyDay || _anyWeekday ? day && week : day || week;
        return _fields[0].Contains(utc.Minute) && _fields[1].Contains(utc.Hour) && _fields[3].Contains(utc.Month) && isDay;
    }

    private static HashSet<int>? ParseField(string text, (int Min, int Max) range)
    {
        HashSet<int> values = [];
        foreach (var part in text.Split(','))
        {
            var sides = part.Split('/');
            var step = 1;
            if (sides.Length > 2 || (sides.Length == 2 && !(TryNumber(sides[1], out step) && step > 0)))
            {
                return null;
            }

            var ends = sides[0].Split('-');
            var (first, last) = range;
            if (sides[0] != "*")
            {
                if (ends.Length > 2 || !TryNumber(ends[0], out first) || !TryNumber(ends[^1], out last) || first < range.Min || last > range.Max)
                {
                    return null;
                }

                last = ends.Length == 1 && sides.Length == 2 ? range.Max : last;
            }

            for (var value = first; value <= last; value += step)
            {
                values.Add(value);
            }
        }

        return values;
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
