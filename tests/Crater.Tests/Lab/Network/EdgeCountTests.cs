using Crater.Lab.Network;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Lab.Network;

public sealed class EdgeCountTests
{
    [Fact]
    public void What_failed_long_ago_is_outweighed_by_what_goes_well_now()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var count = new EdgeCount("a", "b", clock);
        Answer(count, 100, 503, TimeSpan.FromSeconds(5));
        clock.Advance(EdgeCount.HalfLife * 4);
        Answer(count, 200, 200, TimeSpan.FromMilliseconds(10));

        Assert.InRange((double)count.Errors / count.Requests, 0, 0.05);
        Assert.InRange(count.LatencyP95Ms, 1, 20);
    }

    [Fact]
    public void An_edge_that_was_used_once_is_never_forgotten()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var count = new EdgeCount("a", "b", clock);
        Assert.Equal(0, count.Requests);
        Answer(count, 1, 200, TimeSpan.FromMilliseconds(1));
        clock.Advance(EdgeCount.HalfLife * 100);
        Assert.Equal(1, count.Requests);
    }

    private static void Answer(EdgeCount count, int times, int status, TimeSpan latency)
    {
        for (var i = 0; i < times; i++)
        {
            count.Answered(status, latency);
        }
    }
}
