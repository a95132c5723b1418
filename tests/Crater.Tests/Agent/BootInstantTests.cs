using Crater.Agent.Host;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class BootInstantTests
{
    private static readonly BootInstant Noon = new("boot-a", 5_000_000_000);

    [Fact]
    public void A_deadline_passes_when_its_time_has_come_and_not_before()
    {
        var deadline = Noon + TimeSpan.FromSeconds(2);

        Assert.False(deadline.HasPassed(Noon + TimeSpan.FromSeconds(1.999)));
        Assert.True(deadline.HasPassed(Noon + TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromSeconds(2), deadline.LeftAt(Noon));
    }

    [Fact]
    public void A_deadline_of_an_earlier_boot_has_passed() => Assert.True((Noon + TimeSpan.FromDays(1)).HasPassed(new BootInstant("boot-b", 1)));

    [Fact]
    public void A_moment_is_read_back_as_it_was_written() => Assert.Equal(Noon, BootInstant.Parse(Noon.ToString()));

    [Theory]
    [InlineData("")]
    [InlineData("boot-a")]
    [InlineData("+5")]
    [InlineData("boot-a+-5")]
    [InlineData("boot-a+5x")]
    public void Another_text_is_no_moment(string text) => Assert.Null(BootInstant.Parse(text));
}
