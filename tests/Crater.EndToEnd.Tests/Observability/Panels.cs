using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Tests.Architecture;

namespace Crater.EndToEnd.Tests.Observability;

/// <summary>A query of a dashboard, with its variables filled in.</summary>
/// <param name="Where">The dashboard and the panel, for messages.</param>
public sealed record PanelQuery(string Where, string Expression)
{
    public override string ToString() => $"{Where}: {Expression}";
}

/// <summary>Reads the dashboards.</summary>
internal static partial class Panels
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["$namespace"] = "sock-shop",
        ["$component"] = "carts",
        ["$instance"] = ".+",
        ["$__rate_interval"] = "10s",
    };

    public static IEnumerable<string> Files => Directory.GetFiles(RepositoryRoot.File("deploy", "observability", "dashboards"), "*.json").Order(StringComparer.Ordinal);

    /// <summary>Every query: of panels, of variables, of annotations.</summary>
    public static IEnumerable<PanelQuery> Queries => Files.SelectMany(file =>
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(file))!;
        var name = Path.GetFileNameWithoutExtension(file);
        return dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray().Select(target => new PanelQuery($"{name}, {panel["title"]}", Filled((string)target!["expr"]!))))
            .Concat(dashboard["templating"]!["list"]!.AsArray().Where(variable => (string?)variable!["type"] == "query")
                .Select(variable => new PanelQuery($"{name}, variable {variable!["name"]}", Asked(Filled((string)variable["definition"]!)))))
            .Concat(dashboard["annotations"]!["list"]!.AsArray().Select(one => new PanelQuery($"{name}, annotation {one!["name"]}", Filled((string)one["expr"]!))));
    });

    /// <summary>The names of metrics in an expression: what is left when labels, functions and words of the language are taken away.</summary>
    public static IEnumerable<string> Names(string expression)
    {
        var bare = Grouping().Replace(Braces().Replace(expression, " "), " ");
        return Name().Matches(bare).Select(match => match.Value).Where(name => !Words.Contains(name)).Distinct();
    }

    private static readonly HashSet<string> Words = ["or", "and", "unless", "bool", "offset"];

    private static string Filled(string text) => Values.Aggregate(text, (filled, value) => filled.Replace(value.Key, value.Value, StringComparison.Ordinal));

    // Grafana's own question for the values of a label.
    private static string Asked(string definition) => LabelValues().Replace(definition, "count by ($2) ($1)");

    [GeneratedRegex(@"^label_values\((.+), (\w+)\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|""[^""]*""")]
    private static partial Regex Braces();

    [GeneratedRegex(@"\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(?<![\w.])[a-zA-Z_:][\w:]*(?!\w*\s*\()")]
    private static partial Regex Name();
}
