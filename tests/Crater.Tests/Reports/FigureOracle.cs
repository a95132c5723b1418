using System.Globalization;
using System.Text.Json;
using Crater.Journals;
using Crater.Reports;

namespace Crater.Tests.Reports;

/// <summary>Computes every figure again from the files alone, by the definitions of docs/measurement.md and with none of the product's code.</summary>
internal sealed class FigureOracle
{
    private readonly List<(DateTimeOffset At, string Metric, string Component, double Value, long Samples, string Source)> _lines;
    private readonly Dictionary<long, DateTimeOffset> _events = [];
    private readonly string _journal;

    public FigureOracle(RunFolder folder)
    {
        _lines = [.. File.ReadAllLines(folder.PathOf("metrics.csv")).Skip(1).Select(line => line.Split(',')).Select(cells =>
            (DateTimeOffset.Parse(cells[0]), cells[2], cells[3], double.Parse(cells[4]), long.Parse(cells[5]), cells[6]))];
        _journal = File.ReadAllText(folder.PathOf("events.jsonl"));
        foreach (var line in _journal.Split('\n').Where(line => line.Length > 0))
        {
            using var entry = JsonDocument.Parse(line);
            _events[entry.RootElement.GetProperty("number").GetInt64()] = entry.RootElement.GetProperty("at").GetDateTimeOffset();
        }
    }

    /// <summary>The value that the provenance leads to; NaN when it leads nowhere.</summary>
    public double Compute(Figure figure) => figure.Provenance switch
    {
        Measured by => Statistic(by),
        Elapsed by => (_events[by.ToEvent] - _events[by.FromEvent]).TotalSeconds,
        Moment by => _events[by.Event].ToUnixTimeMilliseconds() / 1000d,
        LineTime => _lines.Any(line => line.At.ToUnixTimeMilliseconds() / 1000d == figure.Value) ? figure.Value : double.NaN,
        ElapsedToLine by => _lines.Any(line => Math.Abs((line.At - _events[by.FromEvent]).TotalSeconds - figure.Value) < 1e-6) ? figure.Value : double.NaN,
        Recovered by => Recovery(by),
        Stated => _journal.Contains(figure.Value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) ? figure.Value : double.NaN,
        Counted => _journal.Split("\"injection-intended\"").Length - _journal.Split("\"injection-recovered\"").Length,
        _ => double.NaN,
    };

    private List<(DateTimeOffset At, double Value, long Samples)> Of(string metric, string component, string source, DateTimeOffset from, DateTimeOffset to) =>
    [
        .. _lines.Where(line => line.Metric == metric && line.Component == component && line.Source == source && line.At >= from && line.At < to)
            .OrderBy(line => line.At).Select(line => (line.At, line.Value, line.Samples)),
    ];

    private double Statistic(Measured by)
    {
        var lines = Of(by.Metric, by.Component, by.Source, by.From, by.To);
        return by.Statistic switch
        {
            Crater.Reports.Statistic.Mean => by.Metric == "error_rate"
                ? lines.Sum(line => line.Value * line.Samples) / lines.Sum(line => line.Samples)
                : lines.Average(line => line.Value),
            Crater.Reports.Statistic.Median => Median(lines),
            Crater.Reports.Statistic.Min => lines.Min(line => line.Value),
            Crater.Reports.Statistic.Max => lines.Max(line => line.Value),
            Crater.Reports.Statistic.Sum => lines.Sum(line => line.Value),
            Crater.Reports.Statistic.Samples => lines.Sum(line => line.Samples),
            _ => lines.Count,
        };
    }

    private static double Median(List<(DateTimeOffset At, double Value, long Samples)> lines)
    {
        var values = lines.Select(line => line.Value).Order().ToArray();
        return values.Length % 2 == 1 ? values[values.Length / 2] : (values[values.Length / 2 - 1] + values[values.Length / 2]) / 2;
    }

    // The first second, after one that was not as before, that begins three seconds in a row that are.
    private double Recovery(Recovered by)
    {
        var baseline = Of(by.Metric, by.Component, by.Source, by.BaselineFrom, by.BaselineTo);
        Func<double, bool> normal = by.Metric switch
        {
            "error_rate" => value => value <= baseline.Sum(line => line.Value * line.Samples) / baseline.Sum(line => line.Samples) + 0.01,
            "throughput" => value => value >= Median(baseline) * 0.9,
            "ready_replicas" => value => value >= Median(baseline),
            _ => value => value <= Math.Max(Median(baseline) * 1.5, Median(baseline) + 0.010),
        };
        var seconds = Of(by.Metric, by.Component, by.Source, by.From.AddSeconds(-1), by.To).Where(line => line.At > by.From.AddSeconds(-1)).ToList();
        for (var index = 1; index + 2 < seconds.Count; index++)
        {
            if (!normal(seconds[index - 1].Value) && seconds.Skip(index).Take(3).All(line => normal(line.Value)))
            {
                return (seconds[index].At - by.From).TotalSeconds;
            }
        }

        return double.NaN;
    }
}
