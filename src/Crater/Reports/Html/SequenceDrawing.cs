using System.Text;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>A sequence as inline SVG.</summary>
internal static class SequenceDrawing
{
    private const double Column = 250, RowHeight = 42, Head = 50, Left = 150, TimeColumn = 74;

    public static string Draw(Sequence sequence)
    {
        if (sequence.Steps.Count == 0)
        {
            return "<p>Nothing happened that could be drawn.</p>\n";
        }

        var width = Left + (sequence.Participants.Count - 1) * Column + 170;
        var height = Head + sequence.Steps.Count * RowHeight + 14;
        double X(string name) => Left + Math.Max(0, sequence.Participants.ToList().IndexOf(name)) * Column;
        var svg = new StringBuilder();
        svg.Append($"<svg class=\"sequence\" viewBox=\"0 0 {At(width)} {At(height)}\" style=\"max-width:{At(width)}px\" role=\"img\" aria-label=\"Sequence of what happened; the timeline has the same in words\">\n");
        svg.Append("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
        foreach (var name in sequence.Participants)
        {
            var x = X(name);
            svg.Append($"<line class=\"life\" x1=\"{At(x)}\" x2=\"{At(x)}\" y1=\"36\" y2=\"{At(height - 6)}\"/>");
            svg.Append($"<rect class=\"who\" x=\"{At(x - 70)}\" y=\"6\" width=\"140\" height=\"30\" rx=\"7\"/>");
            svg.Append($"<text class=\"who-name\" x=\"{At(x)}\" y=\"26\" text-anchor=\"middle\">{Text(Short(name, 18))}</text>\n");
        }

        for (var row = 0; row < sequence.Steps.Count; row++)
        {
            var step = sequence.Steps[row];
            var y = Head + row * RowHeight + 22;
            svg.Append($"<text class=\"when\" x=\"{At(TimeColumn - 8)}\" y=\"{At(y + 4)}\" text-anchor=\"end\">{Text(step.Offset)}</text>");
            svg.Append(step.From == step.To ? Note(step, X(step.From), y) : Arrow(step, X(step.From), X(step.To), y));
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Note(SequenceStep step, double x, double y)
    {
        var text = Short(step.Text, 70);
        var width = Math.Max(120, text.Length * 6.6 + 18);
        return $"<rect class=\"note\" x=\"{At(x - 66)}\" y=\"{At(y - 14)}\" width=\"{At(width)}\" height=\"26\" rx=\"5\"/>"
            + $"<text class=\"word\" x=\"{At(x - 57)}\" y=\"{At(y + 4)}\">{Text(text)}</text>\n";
    }

    private static string Arrow(SequenceStep step, double from, double to, double y)
    {
        // A message over several columns has more room for its text.
        var letters = (int)(Math.Abs(to - from) / 6.4) - 2;
        var gap = Math.Sign(to - from) * 3;
        return $"<line class=\"message{(step.IsReply ? " reply" : "")}\" marker-end=\"url(#arrow)\" x1=\"{At(from)}\" x2=\"{At(to - gap)}\" y1=\"{At(y + 6)}\" y2=\"{At(y + 6)}\"/>"
            + $"<text class=\"word\" x=\"{At((from + to) / 2)}\" y=\"{At(y)}\" text-anchor=\"middle\"><title>{Text(step.Text)}</title>{Text(Short(step.Text, letters))}</text>\n";
    }
}
