using Crater.Load;
using Xunit;

namespace Crater.Tests.Load;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_within_one_percent_of_the_exact_one()
    {
        var dice = new Random(7);
        var histogram = new LatencyHistogram();
        var exact = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(dice.NextDouble() * 17)).Order().ToArray();
        foreach (var microseconds in exact)
        {
            histogram.Record(TimeSpan.FromMicroseconds(microseconds));
        }

        foreach (var share in new[] { 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0 })
        {
            var expected = exact[(int)Math.Ceiling(share * exact.Length) - 1];
            Assert.InRange(histogram.Percentile(share)!.Value.TotalMicroseconds, expected * 0.99 - 0.5, expected * 1.01 + 0.5);
        }
    }

    [Fact]
    public void Every_latency_up_to_hours_has_a_bucket_within_one_percent()
    {
        for (long microseconds = 1; microseconds < 60_000_000_000; microseconds = microseconds * 21 / 20 + 1)
        {
            var histogram = new LatencyHistogram();
            histogram.Record(TimeSpan.FromMicroseconds(microseconds));
            histogram.Record(TimeSpan.FromDays(2));
            Assert.InRange(histogram.Percentile(0.5)!.Value.TotalMicroseconds, microseconds * 0.99, microseconds * 1.01);
        }
    }

    [Fact]
    public void Nothing_recorded_has_no_percentile() => Assert.Null(new LatencyHistogram().Percentile(0.5));

    [Fact]
    public void A_percentile_never_exceeds_the_largest_latency()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMicroseconds(100_001));
        Assert.Equal(histogram.Max, histogram.Percentile(1));
    }

    [Fact]
    public void Two_histograms_together_know_what_both_knew()
    {
        var one = new LatencyHistogram();
        var two = new LatencyHistogram();
        one.Record(TimeSpan.FromMilliseconds(1));
        two.Record(TimeSpan.FromMilliseconds(9));
        one.Add(two);
        Assert.Equal(2, one.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(9), one.Max);
    }
}
