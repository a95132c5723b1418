using System.Text;
using static Crater.Reports.Html.Markup;

namespace Crater.Reports.Html;

/// <summary>The dependency graph as inline SVG: what was broken, who was expected to feel it, who did.</summary>
internal static class GraphDrawing
{
    private const double BoxWidth = 158, BoxHeight = 46, ColumnGap = 62, RowGap = 16, Edge = 8;

    public static string Draw(ReportModel model)
    {
        var nodes = Nodes(model);
        if (nodes.Count == 0)
        {
            return "<p>No dependency graph was recorded.</p>\n";
        }

        var topology = model.Evidence.Topology;
        var graph = new LayeredGraph(nodes, (topology?.Dependencies ?? []).Select(edge => (edge.From, edge.To)));
        var rows = graph.Layers.Max(layer => layer.Count);
        var width = graph.Layers.Count * (BoxWidth + ColumnGap) - ColumnGap + 2 * Edge;
        var height = rows * (BoxHeight + RowGap) - RowGap + 2 * Edge;
        var places = new Dictionary<string, (double X, double Y)>();
        for (var column = 0; column < graph.Layers.Count; column++)
        {
            var layer = graph.Layers[column];
            var room = (height - 2 * Edge) / layer.Count;
            for (var row = 0; row < layer.Count; row++)
            {
                places[layer[row]] = (Edge + column * (BoxWidth + ColumnGap), Edge + row * room + (room - BoxHeight) / 2);
            }
        }

        var svg = new StringBuilder();
        svg.Append($"<svg class=\"graph\" viewBox=\"0 0 {At(width)} {At(height)}\" style=\"max-width:{At(width)}px\" role=\"img\" aria-label=\"Dependency graph. {Text(Told(model.Blast))}\">\n");
        svg.Append("<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
        var radius = model.Blast.Targets.Concat(model.Blast.Predicted).ToHashSet();
        foreach (var (from, to, through) in graph.Paths)
        {
            AppendEdge(svg, through, places, radius.Contains(from) && radius.Contains(to));
        }

        foreach (var node in nodes)
        {
            AppendBox(svg, node, places[node], model.Blast);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static List<string> Nodes(ReportModel model)
    {
        var known = model.Evidence.Topology?.Components.Select(component => component.Id).ToHashSet() ?? [];
        var touching = model.Blast.Targets.Concat(model.Blast.Observed.Keys).Where(known.Add).ToList();
        return [.. known.Order(StringComparer.Ordinal).Where(id => known.Count <= 60 || touching.Contains(id) || IsNear(model, id))];
    }

    // A picture of hundreds of boxes shows nothing: then only the blast radius and its direct neighbours are drawn, and the caption says so.
    private static bool IsNear(ReportModel model, string id)
    {
        bool InRadius(string other) => model.Blast.Targets.Contains(other) || model.Blast.Predicted.Contains(other) || model.Blast.Observed.ContainsKey(other);
        return InRadius(id) || model.Evidence.Topology!.Dependencies.Any(edge => (edge.From == id && InRadius(edge.To)) || (edge.To == id && InRadius(edge.From)));
    }

    private static void AppendEdge(StringBuilder svg, IReadOnlyList<string> through, Dictionary<string, (double X, double Y)> places, bool isHot)
    {
        var path = new StringBuilder();
        for (var index = 1; index < through.Count; index++)
        {
            var (fromX, fromY) = places[through[index - 1]];
            var (toX, toY) = places[through[index]];
            var isRight = toX >= fromX;
            double x1 = fromX + (isRight ? BoxWidth : 0), x2 = toX + (isRight ? 0 : BoxWidth), y1 = fromY + BoxHeight / 2, y2 = toY + BoxHeight / 2;
            var bend = (x2 - x1) / 2;
            path.Append(index == 1 ? $"M{At(x1)} {At(y1)}" : $"L{At(x1)} {At(y1)}");
            path.Append($"C{At(x1 + bend)} {At(y1)} {At(x2 - bend)} {At(y2)} {At(x2)} {At(y2)}");
        }

        svg.Append($"<path class=\"arrow{(isHot ? " hot" : "")}\" marker-end=\"url(#tip)\" d=\"{path}\"/>\n");
    }

    private static void AppendBox(StringBuilder svg, string id, (double X, double Y) place, BlastView blast)
    {
        var (look, state) = State(id, blast);
        svg.Append($"<g class=\"box {look}\"><title>{Text(id)}: {Text(blast.Observed.GetValueOrDefault(id, state))}</title>");
        svg.Append($"<rect x=\"{At(place.X)}\" y=\"{At(place.Y)}\" width=\"{At(BoxWidth)}\" height=\"{At(BoxHeight)}\" rx=\"7\"/>");
        var middle = At(place.X + BoxWidth / 2);
        svg.Append($"<text class=\"name\" x=\"{middle}\" y=\"{At(place.Y + (state.Length > 0 ? 20 : 28))}\" text-anchor=\"middle\">{Text(Short(Wording.Short(id), 22))}</text>");
        if (state.Length > 0)
        {
            svg.Append($"<text class=\"state\" x=\"{middle}\" y=\"{At(place.Y + 36)}\" text-anchor=\"middle\">{Text(state)}</text>");
        }

        svg.Append("</g>\n");
    }

    // The state is always said in words too: colour alone is no information.
    private static (string Look, string State) State(string id, BlastView blast)
    {
        var isHit = blast.Observed.ContainsKey(id);
        return blast.Targets.Contains(id) ? ("target", isHit ? "✕ target, hit" : "✕ target")
            : isHit ? ("hit", blast.Predicted.Contains(id) ? "● hit, as predicted" : "● hit, not predicted")
            : !blast.Predicted.Contains(id) ? ("calm", "")
            : blast.Unseen.Contains(id) ? ("unseen", "? predicted, unseen")
            : ("spared", "○ predicted, spared");
    }

    private static string Told(BlastView blast) =>
        $"Target: {List(blast.Targets)}. Predicted: {List(blast.Predicted)}. Observed to be hit: {List(blast.Observed.Keys)}.";

    private static string List(IEnumerable<string> ids) => string.Join(", ", ids.Select(Wording.Short)) is { Length: > 0 } text ? text : "none";
}
