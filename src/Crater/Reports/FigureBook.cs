using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>Writes figures into sentences and remembers where each comes from, so that every figure of a report can be looked up.</summary>
public sealed partial class FigureBook
{
    private readonly List<Figure> _figures = [];

    public IReadOnlyList<Figure> Figures => [.. _figures.Distinct()];

    /// <summary>A statistic of the impact's series over [from, to); a dash when nothing was measured there.</summary>
    public string Measured(MetricSeries series, Statistic statistic, DateTimeOffset from, DateTimeOffset to)
    {
        if (series.Over(from, to) is not { } stats)
        {
            return "–";
        }

        var value = statistic switch
        {
            Statistic.Mean => stats.Mean,
            Statistic.Median => stats.Median,
            Statistic.Min => stats.Min,
            Statistic.Max => stats.Max,
            Statistic.Samples => stats.Samples,
            Statistic.Seconds => stats.Count,
            _ => series.Between(from, to).Sum(point => point.Value),
        };
        var text = statistic is Statistic.Samples or Statistic.Seconds ? Wording.Number(value) : Wording.Value(series.Metric, value);
        return Add(text, value, new Measured(series.Metric, series.Component, series.Source, statistic, from, to));
    }

    /// <summary>What is usual for the metric in a stretch: the mean of a ratio, else the median.</summary>
    public string Usual(Impact impact, DateTimeOffset from, DateTimeOffset to) =>
        Measured(impact.Series, UsualOf(impact.Metric), from, to);

    public static Statistic UsualOf(string metric) => KnownMetrics.Unit(metric) == "ratio" ? Statistic.Mean : Statistic.Median;

    public string Worst(Impact impact) => Measured(
        impact.Series, Impact.LessIsWorse(impact.Metric) ? Statistic.Min : Statistic.Max, impact.Window.FaultFromSecond, impact.Window.End);

    /// <summary>How long the metric took to be as before, counted from the fault's begin or its end.</summary>
    public string Recovery(Impact impact, bool fromStart)
    {
        var recovery = fromStart ? impact.FromStart : impact.FromEnd;
        if (recovery is null)
        {
            return "–";
        }

        if (impact.Metric == KnownMetrics.Restarts)
        {
            return "–";     // restarts are counted up and never come back
        }

        if (recovery.Length is not { } length || (fromStart && impact.IsStillOut))
        {
            return "not while it was watched";
        }

        if (!recovery.LeftBand)
        {
            return fromStart ? "stayed as before" : impact.WasHit == true ? "before it ended" : "–";
        }

        var window = impact.Window;
        // The series has one value a second, so more digits would be a promise that nobody keeps.
        return Add(Wording.Tenths(length), length.TotalSeconds, new Recovered(
            impact.Metric, impact.Component, impact.Series.Source, window.BaselineFrom, window.BaselineTo, recovery.From, window.End));
    }

    public string Clock(JournalEvent entry) => Add(Wording.Clock(entry.At), Seconds(entry.At), new Moment(entry.Number));

    public string Stamp(JournalEvent entry) => Add(Wording.Stamp(entry.At), Seconds(entry.At), new Moment(entry.Number));

    public string Between(JournalEvent from, JournalEvent to) => Between(from, to, Wording.Span);

    public string Between(JournalEvent from, JournalEvent to, Func<TimeSpan, string> word) =>
        Add(word(to.At - from.At), (to.At - from.At).TotalSeconds, new Elapsed(from.Number, to.Number));

    /// <summary>The time of a line of metrics.csv.</summary>
    public string Line(DateTimeOffset at) => Add(Wording.Clock(at), Seconds(at), new LineTime());

    public string LineOffset(JournalEvent from, DateTimeOffset at) =>
        Add(Wording.Offset(at - from.At), (at - from.At).TotalSeconds, new ElapsedToLine(from.Number));

    public string Count(int count, string noun, string file) => Add(Wording.Count(count, noun), count, new Counted(file, noun));

    /// <summary>A number of events.jsonl, shortened for reading.</summary>
    public string Stated(double? value) => value is { } known ? Add(Wording.Number(known), known, new Stated("events.jsonl")) : "–";

    /// <summary>A text of the journal for reading: of an HTTP answer the status alone, long decimals shortened.</summary>
    public string Shortened(string text) => HttpAnswer().Match(text) is { Success: true } answer
        ? $"HTTP status {Stated(double.Parse(answer.Groups[1].Value, CultureInfo.InvariantCulture))}"
        : LongDecimal().Replace(text, match => Stated(double.Parse(match.Value, CultureInfo.InvariantCulture)));

    public string Defined(TimeSpan span, string name) => Add(Wording.Span(span), span.TotalSeconds, new Defined(name));

    /// <summary>A figure that was written elsewhere and is printed here too.</summary>
    internal void Take(Figure figure) => _figures.Add(figure);

    private string Add(string text, double value, Provenance provenance)
    {
        _figures.Add(new Figure(text, value, provenance));
        return text;
    }

    [GeneratedRegex(@"(?<![\w.])\d+\.\d{5,}(?![\w.])")]
    private static partial Regex LongDecimal();

    [GeneratedRegex(@"^\{\s*""status"":\s*(\d{3}),\s*""headers"":")]
    private static partial Regex HttpAnswer();

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000d;
}
