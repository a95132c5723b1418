using Crater.Load;
using Crater.Measurements;
using Xunit;

namespace Crater.Tests.Measurements;

public sealed class MetricsRecorderTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => File.Delete(_path);

    /// <summary>A fake source that answers what the test says.</summary>
    private sealed class Told(Func<Reading?> answer) : IMetricSource
    {
        public string Name => "told";

        public bool Knows(MetricQuery query) => query.Metric == KnownMetrics.ReadyReplicas;

        public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) => Task.FromResult(answer());
    }

    private MetricsRecorder Recorder(params IMetricSource[] sources) =>
        new(sources, [new MetricQuery(KnownMetrics.ReadyReplicas, "deployment/shop/carts", TimeSpan.FromSeconds(5))], _path, _clock, () => "Watching");

    private Task RecordAsync(MetricsRecorder recorder) => recorder.RecordOnceAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_value_is_written_with_its_own_time_phase_and_component()
    {
        var at = _clock.GetUtcNow().AddSeconds(-1);
        await RecordAsync(Recorder(new Told(() => new Reading(KnownMetrics.ReadyReplicas, 2, at, 1, "told"))));
        Assert.Equal([new MetricRow(at, "Watching", KnownMetrics.ReadyReplicas, "deployment/shop/carts", 2, 1, "told")], MetricsFile.Read(_path));
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(1, 0)]
    public async Task What_is_no_value_has_no_line(double value, long samples)
    {
        await RecordAsync(Recorder(new Told(() => new Reading(KnownMetrics.ReadyReplicas, value, _clock.GetUtcNow(), samples, "told"))));
        Assert.Empty(MetricsFile.Read(_path));
    }

    [Fact]
    public async Task A_source_that_fails_is_a_gap_and_does_not_stop_the_others()
    {
        var recorder = Recorder(
            new Told(() => throw new InvalidOperationException("away")), new Told(() => new Reading(KnownMetrics.ReadyReplicas, 2, _clock.GetUtcNow(), 1, "told")));
        await RecordAsync(recorder);
        Assert.Single(MetricsFile.Read(_path));
    }

    [Fact]
    public async Task A_value_that_a_source_repeats_is_written_once()
    {
        var at = _clock.GetUtcNow();
        var recorder = Recorder(new Told(() => new Reading(KnownMetrics.ReadyReplicas, 2, at, 1, "told")));
        await RecordAsync(recorder);
        await RecordAsync(recorder);
        Assert.Single(MetricsFile.Read(_path));
    }

    [Fact]
    public async Task Every_second_of_the_load_is_written_exactly_once_however_often_one_looks()
    {
        var series = new LoadSeries(_clock);
        var recorder = Recorder(new LoadMetricSource(series));
        for (var tenth = 0; tenth < 50; tenth++)
        {
            var request = new LoadSeries.Waiting(_clock.GetTimestamp());
            series.Sent(request);
            series.Completed(request, null, TimeSpan.FromMilliseconds(5));
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            if (tenth % 7 == 0)
            {
                await RecordAsync(recorder);
            }
        }

        await RecordAsync(recorder);
        var rates = MetricsFile.Read(_path).Where(row => row.Metric == KnownMetrics.Throughput).ToList();
        Assert.Equal(4, rates.Count);
        Assert.All(rates, row => Assert.Equal(10, row.Value));
    }
}
