using Crater.Diagnostics;
using Crater.Measurements;
using Xunit;

namespace Crater.Tests.Measurements;

public sealed class SeriesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    // One value a second from noon on; NaN stands for a second in which nothing was measured.
    private static MetricSeries Series(params double[] values) => new(KnownMetrics.ErrorRate, "", "load",
        [.. values.Select((value, second) => new MetricPoint(Noon.AddSeconds(second), value, 10)).Where(point => !double.IsNaN(point.Value))]);

    private static RecoveryTime? Recovery(double from, params double[] values) =>
        RecoveryTime.Of(Series(values), new NormalBand(null, 0.05), Noon.AddSeconds(from), Noon.AddSeconds(values.Length));

    [Fact]
    public void A_window_without_a_value_has_no_statistics() => Assert.Null(Series(double.NaN, double.NaN).Over(Noon, Noon.AddSeconds(9)));

    [Fact]
    public void The_mean_of_a_ratio_is_the_ratio_of_the_whole_window()
    {
        var stats = WindowStats.Of([new MetricPoint(Noon, 1, 1), new MetricPoint(Noon.AddSeconds(1), 0, 99)], isRatio: true)!;
        Assert.Equal(0.01, stats.Mean);
        Assert.Equal(0.5, stats.Median);
    }

    [Fact]
    public void A_metric_that_never_left_its_band_recovered_in_no_time() => Assert.Equal(TimeSpan.Zero, Recovery(0.4, 0, 0, 0, 0, 0)!.Length);

    [Fact]
    public void Recovery_is_the_first_second_from_which_three_in_a_row_are_as_before() =>
        Assert.Equal(TimeSpan.FromSeconds(4.5), Recovery(0.5, 0, 0.4, 0.4, 0, 0.4, 0, 0, 0, 0)!.Length);

    [Fact]
    public void A_second_without_a_value_is_not_as_before() =>
        Assert.Equal(TimeSpan.FromSeconds(4), Recovery(0, 0.4, 0, double.NaN, double.NaN, 0, 0, 0)!.Length);

    [Fact]
    public void Recovery_is_not_told_from_before_it_was_seen()
    {
        double[] values = [0.4, 0.4, 0, 0, 0];
        var late = new MetricSeries(KnownMetrics.ErrorRate, "", "pods", [.. values.Select((value, second) => new MetricPoint(Noon.AddSeconds(second + 0.6), value, 10))]);
        Assert.Equal(TimeSpan.FromSeconds(2.6), RecoveryTime.Of(late, new NormalBand(null, 0.05), Noon, Noon.AddSeconds(6))!.Length);
    }

    [Fact]
    public void What_did_not_come_back_while_it_was_watched_has_no_recovery_time()
    {
        var recovery = Recovery(0, 0.4, 0.4, 0, 0)!;
        Assert.Null(recovery.Length);
        Assert.True(recovery.LeftBand);
    }

    [Fact]
    public void Too_short_a_baseline_gives_no_band() => Assert.Null(NormalBand.From(KnownMetrics.ErrorRate, Series(0, 0).Over(Noon, Noon.AddSeconds(5))));

    [Theory]
    [InlineData(KnownMetrics.ErrorRate, 0.009, true)]
    [InlineData(KnownMetrics.ErrorRate, 0.011, false)]
    [InlineData(KnownMetrics.LatencyP95, 0.009, true)]
    [InlineData(KnownMetrics.LatencyP95, 0.011, false)]
    public void The_band_follows_the_rules_of_the_metric(string metric, double value, bool holds) =>
        Assert.Equal(holds, NormalBand.From(metric, Series(0, 0, 0).Over(Noon, Noon.AddSeconds(5)))!.Holds(value));

    [Fact]
    public void Less_throughput_or_fewer_replicas_are_outside_the_band()
    {
        var baseline = Series(10, 10, 10).Over(Noon, Noon.AddSeconds(5));
        Assert.False(NormalBand.From(KnownMetrics.Throughput, baseline)!.Holds(8.9));
        Assert.True(NormalBand.From(KnownMetrics.Throughput, baseline)!.Holds(500));
        Assert.False(NormalBand.From(KnownMetrics.ReadyReplicas, baseline)!.Holds(9));
    }
}

public sealed class MetricsFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    private static MetricRow Row(string metric, double value = 0.1) =>
        new(new DateTimeOffset(2026, 1, 2, 12, 0, 0, 250, TimeSpan.Zero), "Watching", metric, "deployment/shop/carts", value, 7, "load");

    [Fact]
    public void Rows_read_back_as_they_were_written()
    {
        MetricRow[] rows = [Row("error_rate"), Row("sum by (a,b) (x{c=\"d\"})", 1e-17), Row("latency_p95", 0.1 + 0.2)];
        MetricsFile.Append(_path, rows[..2]);
        MetricsFile.Append(_path, rows[2..]);
        Assert.Equal(rows, MetricsFile.Read(_path));
    }

    [Fact]
    public void A_half_written_last_line_is_left_out_and_the_next_writer_goes_on()
    {
        MetricsFile.Append(_path, [Row("error_rate")]);
        File.AppendAllText(_path, "2026-01-02T12:00:01.0");
        Assert.Single(MetricsFile.Read(_path));
        MetricsFile.Append(_path, [Row("throughput")]);
        Assert.Equal(["error_rate", "throughput"], MetricsFile.Read(_path).Select(row => row.Metric));
    }

    [Fact]
    public void A_line_that_is_no_measurement_is_an_error_and_not_skipped()
    {
        MetricsFile.Append(_path, [Row("error_rate")]);
        File.AppendAllText(_path, "yesterday,,error_rate,,much,1,load\n");
        Assert.Equal("CRT7102", Assert.Throws<CraterException>(() => MetricsFile.Read(_path)).Code);
    }

    [Fact]
    public void A_file_that_is_not_there_has_no_rows() => Assert.Empty(MetricsFile.Read(_path));

    [Fact]
    public void A_file_that_cannot_be_written_is_a_coded_error() =>
        Assert.Equal("CRT7101", Assert.Throws<CraterException>(() => MetricsFile.Append("/proc/none/metrics.csv", [Row("x")])).Code);
}
