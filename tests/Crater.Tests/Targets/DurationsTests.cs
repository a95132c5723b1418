using Crater.Targets;
using Xunit;

namespace Crater.Tests.Targets;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("2s", 2_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("30", 30_000)]
    public void A_duration_reads_as_people_write_it(string text, double milliseconds) =>
        Assert.Equal(milliseconds, Durations.Parse(text).TotalMilliseconds);

    [Theory]
    [InlineData("0s")]
    [InlineData("0.5s")]
    [InlineData("2s")]
    [InlineData("1m30s")]
    [InlineData("1h1s")]
    [InlineData("1.5s")]
    public void A_duration_written_out_reads_back_as_itself(string text) =>
        Assert.Equal(Durations.Parse(text), Durations.Parse(Durations.Text(Durations.Parse(text))));

    [Theory]
    [InlineData("soon")]
    [InlineData("-2s")]
    [InlineData("")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));
}
