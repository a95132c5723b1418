using Crater.Agent.State;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class TimestampTests
{
    [Theory]
    [InlineData("2026-01-02T03:04:05.006Z")]
    [InlineData("1999-12-31T23:59:59.999Z")]
    [InlineData("0001-01-01T00:00:00.000Z")]
    public void A_moment_is_written_in_UTC_to_the_millisecond(string text) =>
        Assert.Equal(text, Timestamp.Of(DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture).ToOffset(TimeSpan.FromHours(text[0] == '0' ? 0 : 5))));
}
