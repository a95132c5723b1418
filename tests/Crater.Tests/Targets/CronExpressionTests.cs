using System.Globalization;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Targets;

public sealed class CronExpressionTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("* * * * *", "2026-05-01T10:00:30Z", "2026-05-01T10:01:00Z")]
    [InlineData("*/15 * * * *", "2026-05-01T10:01:00Z", "2026-05-01T10:15:00Z")]
    [InlineData("0 3 * * mon-fri", "2026-05-01T03:00:00Z", "2026-05-04T03:00:00Z")]
    [InlineData("0 0 1 jan *", "2026-05-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-05-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("5/20 8 * * *", "2026-05-01T08:26:00Z", "2026-05-01T08:45:00Z")]
    [InlineData("0 12 13 * 5", "2026-05-09T00:00:00Z", "2026-05-13T12:00:00Z")]
    [InlineData("0 12 13 * 5", "2026-05-13T12:00:00Z", "2026-05-15T12:00:00Z")]
    [InlineData("0 0 * * 7", "2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z")]
    [InlineData("@hourly", "2026-05-01T23:00:00Z", "2026-05-02T00:00:00Z")]
    public void The_next_time_is_the_first_one_after(string cron, string after, string expected) => Assert.Equal(Time(expected), CronExpression.TryParse(cron)!.Next(Time(after), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("1,, * * * *")]
    [InlineData("-1 * * * *")]
    public void What_is_no_schedule_is_refused(string cron) => Assert.Null(CronExpression.TryParse(cron));

    [Theory]
    [InlineData("*/15 * * * *", "2026-01-01T10:30:00Z", true)]
    [InlineData("*/15 * * * *", "2026-01-01T10:31:00Z", false)]
    [InlineData("0 9-17 * * MON-fri", "2026-01-02T09:00:00Z", true)]
    [InlineData("0 9-17 * * MON-fri", "2026-01-03T09:00:00Z", false)]
    [InlineData("0 0 13 * 5", "2026-01-16T00:00:00Z", true)]
    [InlineData("0 0 1 Jan *", "2026-01-01T00:00:00Z", true)]
    [InlineData("@hourly", "2026-01-01T10:00:00Z", true)]
    public void A_schedule_comes_round_when_it_says(string cron, string minute, bool expected) => Assert.Equal(expected, CronExpression.TryParse(cron)!.Matches(Time(minute), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("2026-07-01T01:00:00Z", true)]
    [InlineData("2026-07-01T03:00:00Z", false)]
    public void A_schedule_comes_round_by_the_clock_of_its_zone(string minute, bool expected) => Assert.Equal(expected, CronExpression.TryParse("0 3 * * *")!.Matches(Time(minute), Berlin));

    [Theory]
    [InlineData("2026-10-25T00:30:00Z", true)]
    [InlineData("2026-10-25T01:30:00Z", false)]
    public void Of_a_minute_that_is_there_twice_the_first_is_meant(string minute, bool expected) => Assert.Equal(expected, CronExpression.TryParse("30 2 * * *")!.Matches(Time(minute), Berlin));

    [Fact]
    public void A_day_that_never_comes_has_no_next_time() => Assert.Null(CronExpression.TryParse("0 0 31 2 *")!.Next(Time("2026-05-01T00:00:00Z"), TimeZoneInfo.Utc));

    [Fact]
    public void Times_are_those_of_the_zone() => Assert.Equal(Time("2026-07-01T01:00:00Z"), CronExpression.TryParse("0 3 * * *")!.Next(Time("2026-06-30T12:00:00Z"), Berlin));

    [Fact]
    public void A_time_that_the_clocks_leave_out_is_left_out() => Assert.Equal(Time("2026-03-30T00:30:00Z"), CronExpression.TryParse("30 2 * * *")!.Next(Time("2026-03-28T12:00:00Z"), Berlin));

    [Fact]
    public void A_time_that_is_there_twice_counts_once()
    {
        var cron = CronExpression.TryParse("30 2 * * *")!;
        var first = cron.Next(Time("2026-10-24T12:00:00Z"), Berlin)!.Value;
        Assert.Equal(Time("2026-10-25T00:30:00Z"), first);
        Assert.Equal(Time("2026-10-26T01:30:00Z"), cron.Next(first, Berlin));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
