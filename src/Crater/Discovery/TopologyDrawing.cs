using System.Globalization;
using System.Text;

namespace Crater.Discovery;

/// <summary>The dependency graph as text that other tools draw.</summary>
public static class TopologyDrawing
{
    /// <summary>A Mermaid flowchart, grouped by tier; dashed edges are known from configuration only, not from traffic.</summary>
    public static string Mermaid(Topology topology)
    {
        var (text, keys) = (new StringBuilder("flowchart LR\n"), Keys(topology));
        foreach (var tier in topology.Components.GroupBy(component => component.Tier).OrderBy(tier => tier.Key))
        {
            text.Append(CultureInfo.InvariantCulture, $"  subgraph {tier.Key.ToString().ToLowerInvariant()}\n");
            foreach (var component in tier)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {keys[component.Id]}[\"{Quoted(Label(component))}\"]\n");
            }

            text.Append("  end\n");
        }

        foreach (var edge in Edges(topology, keys))
        {
            var arrow = edge.Traffic is null ? "-.->" : "-->";
            text.Append(CultureInfo.InvariantCulture, $"  {keys[edge.From]} {arrow} {keys[edge.To]}\n");
        }

        return text.ToString();

        static string Quoted(string label) => label.Replace("\"", "#quot;", StringComparison.Ordinal);
    }

    /// <summary>A Graphviz digraph, clustered by tier; dashed edges are known from configuration only, not from traffic.</summary>
    public static string Dot(Topology topology)
    {
        var (text, keys) = (new StringBuilder("digraph topology {\n  rankdir=LR;\n  node [shape=box];\n"), Keys(topology));
        foreach (var tier in topology.Components.GroupBy(component => component.Tier).OrderBy(tier => tier.Key))
        {
            var name = tier.Key.ToString().ToLowerInvariant();
            text.Append(CultureInfo.InvariantCulture, $"  subgraph cluster_{name} {{\n    label=\"{name}\";\n");
            foreach (var component in tier)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {keys[component.Id]} [label=\"{Quoted(Label(component))}\"];\n");
            }

            text.Append("  }\n");
        }

        foreach (var edge in Edges(topology, keys))
        {
            var style = edge.Traffic is null ? " [style=dashed]" : "";
            text.Append(CultureInfo.InvariantCulture, $"  {keys[edge.From]} -> {keys[edge.To]}{style};\n");
        }

        return text.Append("}\n").ToString();

        static string Quoted(string label) => label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
    }

    /// <summary>Names with dashes and slashes are no identifiers in either language, so components are numbered.</summary>
    private static Dictionary<string, string> Keys(Topology topology) =>
        topology.Components.Select((component, i) => (component.Id, Key: $"c{i + 1}")).ToDictionary(pair => pair.Id, pair => pair.Key);

    private static IEnumerable<Dependency> Edges(Topology topology, Dictionary<string, string> keys) =>
        topology.Dependencies.Where(edge => keys.ContainsKey(edge.From) && keys.ContainsKey(edge.To));

    private static string Label(Component component) => $"{component.Name} {component.Ready}/{component.Replicas}";
}
