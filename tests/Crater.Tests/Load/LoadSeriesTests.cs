using Crater.Load;
using Crater.Measurements;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Load;

public sealed class LoadSeriesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualClock _clock = new(Noon);
    private readonly LoadSeries _series;

    public LoadSeriesTests() => _series = new LoadSeries(_clock);

    private void Answer(ErrorKind? error = null, double milliseconds = 5)
    {
        var request = new LoadSeries.Waiting(_clock.GetTimestamp());
        _series.Sent(request);
        _series.Completed(request, error, TimeSpan.FromMilliseconds(milliseconds));
    }

    private void NextSecond(double seconds = 1) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private Reading? Read(string metric, double seconds = 5) =>
        new LoadMetricSource(_series).ReadAsync(new MetricQuery(metric, "", TimeSpan.FromSeconds(seconds)), TestContext.Current.CancellationToken).Result;

    [Fact]
    public void Nothing_sent_reads_as_nothing_not_as_zero()
    {
        Assert.All(KnownMetrics.All, metric => Assert.Null(Read(metric)));
        Assert.Empty(new LoadMetricSource(_series).Since(DateTimeOffset.MinValue));
    }

    [Fact]
    public void The_error_rate_of_the_window_is_errors_by_completed_requests()
    {
        Answer();
        Answer(ErrorKind.ServerError);
        NextSecond();
        Answer();
        Answer();
        NextSecond();
        var reading = Read(KnownMetrics.ErrorRate)!;
        Assert.Equal(0.25, reading.Value);
        Assert.Equal(4, reading.Samples);
        Assert.Equal(Noon.AddSeconds(2), reading.At);
    }

    [Fact]
    public void A_request_that_still_waits_counts_with_its_age_so_far()
    {
        Answer();
        _series.Sent(new LoadSeries.Waiting(_clock.GetTimestamp()));
        NextSecond(4);
        Assert.InRange(Read(KnownMetrics.LatencyP99)!.Value, 3.9, 4.1);
    }

    [Fact]
    public void A_second_in_which_everything_waits_has_a_throughput_of_zero_and_no_error_rate()
    {
        Answer();
        NextSecond();
        _series.Sent(new LoadSeries.Waiting(_clock.GetTimestamp()));
        NextSecond();
        var second = new LoadMetricSource(_series).Since(Noon.AddSeconds(1));
        Assert.Equal([KnownMetrics.Throughput], second.Select(reading => reading.Metric));
        Assert.Equal(0, second[0].Value);
    }

    [Fact]
    public void The_seconds_in_which_a_load_begins_and_ends_are_not_taken_for_whole_ones()
    {
        for (var second = 0; second < 3; second++)
        {
            Answer();
            NextSecond();
        }

        _series.End();
        NextSecond(3);
        Assert.Equal([Noon.AddSeconds(1), Noon.AddSeconds(2)], new LoadMetricSource(_series).Since(DateTimeOffset.MinValue).Select(reading => reading.At).Distinct());
    }

    [Fact]
    public void Errors_are_listed_by_kind_in_the_second_they_ended()
    {
        Answer();
        NextSecond();
        Answer(ErrorKind.Refused);
        Answer(ErrorKind.Refused);
        Answer(ErrorKind.Timeout);
        NextSecond();
        var errors = new LoadMetricSource(_series).Since(Noon).Where(reading => reading.Metric.StartsWith("errors_", StringComparison.Ordinal));
        Assert.Equal([("errors_refused", 2d), ("errors_timeout", 1d)], errors.Select(reading => (reading.Metric, reading.Value)));
    }
}
