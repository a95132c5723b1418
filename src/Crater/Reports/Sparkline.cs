using System.Text;

namespace Crater.Reports;

/// <summary>A series as one line of text: eight heights of bars, a dot where nothing was measured, brackets around the fault.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>More characters than this do not fit a line; several seconds then share a bar, and the worst of them is shown.</summary>
    private const int WidthMax = 90;

    public static string Of(Impact impact)
    {
        var window = impact.Window;
        var seconds = Math.Max(1, (int)Math.Ceiling((window.End - window.BaselineFrom).TotalSeconds));
        var step = TimeSpan.FromSeconds(Math.Ceiling(seconds / (double)WidthMax));
        var top = impact.Series.Points.Max(point => point.Value);
        var text = new StringBuilder();
        for (var at = window.BaselineFrom; at < window.End; at += step)
        {
            if (window.FaultFromSecond >= at && window.FaultFromSecond < at + step)
            {
                text.Append('[');
            }

            var stats = impact.Series.Over(at, at + step);
            var value = Impact.LessIsWorse(impact.Metric) ? stats?.Min : stats?.Max;
            text.Append(value is { } height ? Bars[top > 0 ? Math.Clamp((int)(height / top * 7.99), 0, 7) : 0] : '·');
            if (window.FaultToSecond > at && window.FaultToSecond <= at + step)
            {
                text.Append(']');
            }
        }

        return text.ToString();
    }
}
