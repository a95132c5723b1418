using Crater.Lab.Nodes;
using Xunit;

namespace Crater.Tests.Lab.Nodes;

public sealed class BackOffTests
{
    [Fact]
    public void The_first_restart_is_at_once_and_later_ones_wait_longer_up_to_five_minutes()
    {
        var backOff = new BackOff(BackOff.FirstByDefault);
        Assert.Equal([0, 10, 20, 40, 80, 160, 300, 300], Enumerable.Range(0, 8).Select(_ => backOff.Next().TotalSeconds));
    }

    [Fact]
    public void Ten_minutes_of_running_are_forgiveness()
    {
        var backOff = new BackOff(BackOff.FirstByDefault);
        _ = (backOff.Next(), backOff.Next());
        backOff.RanFor(TimeSpan.FromMinutes(9));
        Assert.Equal(20, backOff.Next().TotalSeconds);
        backOff.RanFor(TimeSpan.FromMinutes(10));
        Assert.Equal(0, backOff.Next().TotalSeconds);
    }
}
