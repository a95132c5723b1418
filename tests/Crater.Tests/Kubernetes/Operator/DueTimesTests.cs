using System.Globalization;
using Crater.Kubernetes.Operator.Schedules;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

public sealed class DueTimesTests
{
    [Fact]
    public void Of_many_times_that_were_missed_the_newest_is_due_and_the_others_are_counted()
    {
        var times = DueTimes.Of(CronExpression.TryParse("*/10 * * * *")!, TimeZoneInfo.Utc, Time("2026-05-01T10:00:00Z"), Time("2026-05-01T11:05:00Z"));
        Assert.Equal((Time("2026-05-01T11:00:00Z"), 5, Time("2026-05-01T11:10:00Z")), (times.Due, times.Missed, times.Next));
    }

    [Fact]
    public void Years_of_missed_minutes_end_at_the_newest()
    {
        var times = DueTimes.Of(CronExpression.TryParse("* * * * *")!, TimeZoneInfo.Utc, Time("2020-05-01T10:00:00Z"), Time("2026-05-01T11:05:30Z"));
        Assert.Equal((Time("2026-05-01T11:05:00Z"), Time("2026-05-01T11:06:00Z")), (times.Due, times.Next));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
