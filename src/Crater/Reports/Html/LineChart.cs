using System.Text;
using Crater.Measurements;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>One line of a chart.</summary>
/// <param name="Look">CSS class that gives its colour.</param>
internal sealed record ChartLine(string Name, string Look, IReadOnlyList<MetricPoint> Points);

/// <summary>A chart over the time of the run, with the fault's window shaded. Inline SVG; colours come from the page's style.</summary>
/// <param name="Metric">Decides the unit of the axis.</param>
/// <param name="Limit">The border of the normal band; null for none.</param>
internal sealed record LineChart(string Title, string Metric, IReadOnlyList<ChartLine> Lines, FaultWindow Window, double? Limit)
{
    private const double Height = 230, Left = 70, Right = 24, Top = 22, Bottom = 34;

    /// <value>Unit: pixels at which its text is set. Default: 960, the width of the page; 460 for two beside each other.</value>
    public double Width { get; init; } = 960;

    /// <summary>More than this between two points is a gap: nothing was measured, and no line is drawn over it.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1.6);

    private double Span => Math.Max(1, (Window.End - Window.BaselineFrom).TotalSeconds);

    public string Draw()
    {
        var highest = Math.Max(Lines.SelectMany(line => line.Points).Select(point => point.Value).DefaultIfEmpty(0).Max(), 0);
        highest = Metric == KnownMetrics.ErrorRate ? Math.Clamp(highest, 0.01, 1) : highest > 0 ? highest : 1;
        var step = Scale.Step(highest * 1.02, 4);
        var top = Metric == KnownMetrics.ErrorRate ? Math.Min(1, Math.Ceiling(highest / step) * step) : Math.Ceiling(highest * 1.02 / step) * step;
        double X(DateTimeOffset at) => Left + Math.Clamp((at - Window.BaselineFrom).TotalSeconds / Span, 0, 1) * (Width - Left - Right);
        double Y(double value) => Height - Bottom - Math.Clamp(value / top, 0, 1) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append($"<figure class=\"chart\"><figcaption>{Text(Title)}{Legend()}</figcaption>\n");
        svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(Described())}\">\n");
        AppendFault(svg, X);
        AppendAxes(svg, X, Y, step, top);
        if (Limit is { } limit && limit <= top)
        {
            svg.Append($"<line class=\"limit\" x1=\"{At(Left)}\" x2=\"{At(Width - Right)}\" y1=\"{At(Y(limit))}\" y2=\"{At(Y(limit))}\"/>\n");
            var (words, place) = Impact.LessIsWorse(Metric) ? ("normal from here up", Y(limit) + 14) : ("normal up to here", Y(limit) - 4);
            svg.Append($"<text class=\"limit-name\" x=\"{At(Width - Right - 4)}\" y=\"{At(place)}\" text-anchor=\"end\">{words}</text>\n");
        }

        foreach (var line in Lines)
        {
            AppendLine(svg, line, X, Y);
        }

        AppendWorst(svg, X, Y);
        return svg.Append("</svg></figure>\n").ToString();
    }

    private string Legend() => Lines.Count < 2
        ? ""
        : string.Concat(Lines.Select(line => $" <span class=\"key {line.Look}\">{Text(line.Name)}</span>"));

    private string Described() => $"{Title}. Fault from 0 to {Wording.Span(Window.FaultTo - Window.FaultFrom)}. " + string.Join(". ", Lines
        .Where(line => line.Points.Count > 0)
        .Select(line => $"{line.Name}: lowest {Wording.Value(Metric, line.Points.Min(point => point.Value))}, highest {Wording.Value(Metric, line.Points.Max(point => point.Value))}"));

    private void AppendFault(StringBuilder svg, Func<DateTimeOffset, double> x)
    {
        double from = x(Window.FaultFrom), to = x(Window.FaultTo);
        svg.Append($"<rect class=\"fault\" x=\"{At(from)}\" y=\"{At(Top)}\" width=\"{At(Math.Max(1, to - from))}\" height=\"{At(Height - Top - Bottom)}\"/>\n");
        svg.Append($"<line class=\"edge\" x1=\"{At(from)}\" x2=\"{At(from)}\" y1=\"{At(Top - 4)}\" y2=\"{At(Height - Bottom)}\"/>\n");
        svg.Append($"<line class=\"edge\" x1=\"{At(to)}\" x2=\"{At(to)}\" y1=\"{At(Top - 4)}\" y2=\"{At(Height - Bottom)}\"/>\n");
        svg.Append($"<text class=\"fault-name\" x=\"{At(from + 5)}\" y=\"{At(Top - 6)}\">fault in place</text>\n");
    }

    private void AppendAxes(StringBuilder svg, Func<DateTimeOffset, double> x, Func<double, double> y, double step, double top)
    {
        for (var value = 0d; value <= top * 1.0001; value += step)
        {
            svg.Append($"<line class=\"grid\" x1=\"{At(Left)}\" x2=\"{At(Width - Right)}\" y1=\"{At(y(value))}\" y2=\"{At(y(value))}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{At(Left - 8)}\" y=\"{At(y(value) + 4)}\" text-anchor=\"end\">{Text(Wording.Value(Metric, value))}</text>\n");
        }

        var every = Scale.TimeStep(Span, Width > 600 ? 12 : 6);
        var first = Math.Ceiling((Window.BaselineFrom - Window.FaultFrom).TotalSeconds / every) * every;
        for (var second = first; second <= (Window.End - Window.FaultFrom).TotalSeconds; second += every)
        {
            var place = At(x(Window.FaultFrom + TimeSpan.FromSeconds(second)));
            svg.Append($"<line class=\"mark\" x1=\"{place}\" x2=\"{place}\" y1=\"{At(Height - Bottom)}\" y2=\"{At(Height - Bottom + 5)}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{place}\" y=\"{At(Height - Bottom + 18)}\" text-anchor=\"middle\">{(second > 0 ? "+" : second < 0 ? "−" : "")}{Math.Abs(second)} s</text>\n");
        }

        svg.Append($"<line class=\"axis\" x1=\"{At(Left)}\" x2=\"{At(Width - Right)}\" y1=\"{At(y(0))}\" y2=\"{At(y(0))}\"/>\n");
    }

    private static void AppendLine(StringBuilder svg, ChartLine line, Func<DateTimeOffset, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        DateTimeOffset? last = null;
        foreach (var point in line.Points)
        {
            var begins = last is null || point.At - last > Gap;
            path.Append($"{(begins ? "M" : "L")}{At(x(point.At))} {At(y(point.Value))}");
            last = point.At;
        }

        svg.Append($"<path class=\"line {line.Look}\" d=\"{path}\"/>\n");
        for (var index = 0; index < line.Points.Count; index++)
        {
            var alone = (index == 0 || line.Points[index].At - line.Points[index - 1].At > Gap)
                && (index == line.Points.Count - 1 || line.Points[index + 1].At - line.Points[index].At > Gap);
            if (alone)
            {
                svg.Append($"<circle class=\"dot {line.Look}\" cx=\"{At(x(line.Points[index].At))}\" cy=\"{At(y(line.Points[index].Value))}\" r=\"2\"/>");
            }
        }
    }

    private void AppendWorst(StringBuilder svg, Func<DateTimeOffset, double> x, Func<double, double> y)
    {
        var main = Lines.MaxBy(line => line.Points.Where(point => point.At >= Window.FaultFromSecond).Select(point => point.Value).DefaultIfEmpty(0).Max());
        var since = main?.Points.Where(point => point.At >= Window.FaultFromSecond).ToList() ?? [];
        if (since.Count == 0)
        {
            return;
        }

        var less = Impact.LessIsWorse(Metric);
        var worst = less ? since.MinBy(point => point.Value)! : since.MaxBy(point => point.Value)!;
        double px = x(worst.At), py = y(worst.Value);
        var toLeft = px > Width * 0.8;
        svg.Append($"<circle class=\"worst {main!.Look}\" cx=\"{At(px)}\" cy=\"{At(py)}\" r=\"4\"/>");
        svg.Append($"<text class=\"worst-name\" x=\"{At(px + (toLeft ? -9 : 9))}\" y=\"{At(less ? py - 8 : Math.Max(py + 4, Top + 12))}\" text-anchor=\"{(toLeft ? "end" : "start")}\">")
            .Append($"{Text(Wording.Value(Metric, worst.Value))}</text>\n");
    }
}
