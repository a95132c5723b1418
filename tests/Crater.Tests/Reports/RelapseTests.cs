using Crater.Measurements;
using Crater.Reports;
using Xunit;

namespace Crater.Tests.Reports;

public sealed class RelapseTests
{
    // The error rate is as before during the fault and high from its end on.
    private static ReportModel Relapsed()
    {
        var evidence = new SomeRun().Evidence();
        return RunReport.From(evidence with
        {
            Metrics = [.. evidence.Metrics.Select(row => row is { Metric: KnownMetrics.ErrorRate, Component: "" } && row.At > SomeRun.Start.AddSeconds(40) ? row with { Value = 0.2 } : row)],
        }, null);
    }

    [Fact]
    public void What_was_out_of_its_band_to_the_end_is_not_told_as_recovered()
    {
        var report = Relapsed();
        Assert.EndsWith("it was not as before again while it was watched.", report.Finding, StringComparison.Ordinal);
        Assert.Equal("not while it was watched", report.ImpactTable.First(row => row.Metric == "Error rate").FromStart);
        Assert.DoesNotContain(report.Timeline, entry => entry.Text.StartsWith("Error rate as before", StringComparison.Ordinal));
    }

    [Fact]
    public void No_effect_stands_before_its_cause()
    {
        var evidence = new SomeRun().Evidence();
        var injected = RunReport.From(evidence, null).Timeline.First(entry => entry.Text.StartsWith("Injected", StringComparison.Ordinal)).At;
        var second = DateTimeOffset.FromUnixTimeSeconds(injected.ToUnixTimeSeconds());
        var report = RunReport.From(evidence with
        {
            Metrics = [.. evidence.Metrics.Select(row => row is { Metric: KnownMetrics.ErrorRate, Component: "" } && row.At == second ? row with { Value = 0.99 } : row)],
        }, null);
        Assert.True(report.Timeline.Single(entry => entry.Text.StartsWith("Error rate at its worst", StringComparison.Ordinal)).At >= injected);
    }

    [Fact]
    public void More_memory_or_processor_time_alone_is_not_an_observed_blast_radius()
    {
        var evidence = new SomeRun { IsFelt = false }.Evidence();
        var report = RunReport.From(evidence with
        {
            Metrics = [.. evidence.Metrics.Where(row => row.Component.Length == 0), .. Enumerable.Range(1, 50).Select(second => new MetricRow(
                SomeRun.Start.AddSeconds(second), "", KnownMetrics.CpuUsage, "statefulset/shop/carts-db", second is > 12 and < 20 ? 5 : 0.01, 1, "kubernetes"))],
        }, null);
        Assert.Empty(report.Blast.Observed);
        Assert.Contains(report.ImpactTable, row => row is { Metric: "CPU", WasHit: true });
    }
}
