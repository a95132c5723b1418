using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Agent.Faults;

/// <summary>A description as people and programs read it; docs/agent-faults.md is made of it.</summary>
internal static class FaultText
{
    public static string Describe(FaultDescription fault)
    {
        var text = new StringBuilder($"{fault.Name}: {fault.Summary}\n\n");
        foreach (var (name, value) in Facts(fault))
        {
            text.Append($"  {name,-12} {value}\n");
        }

        foreach (var parameter in fault.Parameters)
        {
            text.Append($"  --{parameter.Name}{(parameter.Short == '\0' ? "" : $" (-{parameter.Short})")}: {parameter.Summary} {Rule(fault, parameter)}\n");
        }

        return text.ToString();
    }

    public static JsonNode Json(FaultDescription fault) => new JsonObject
    {
        ["name"] = fault.Name,
        ["family"] = fault.Family,
        ["summary"] = fault.Summary,
        ["mechanism"] = fault.Mechanism,
        ["ending"] = fault.Ending,
        ["cannot"] = fault.Cannot,
        ["aliases"] = Texts(fault.Aliases),
        ["oneOf"] = Texts(fault.OneOf),
        ["parameters"] = new JsonArray([.. fault.Parameters.Select(parameter => (JsonNode)new JsonObject
        {
            ["name"] = parameter.Name,
            ["short"] = parameter.Short == '\0' ? "" : parameter.Short.ToString(),
            ["type"] = parameter.Type.ToString().ToLowerInvariant(),
            ["summary"] = parameter.Summary,
            ["unit"] = parameter.Unit,
            ["default"] = parameter.Default,
            ["required"] = parameter.IsRequired,
            ["choices"] = Texts(parameter.Choices),
        })]),
    };

    /// <summary>Where the agent's part of the page begins.</summary>
    public const string IndexTitle = "\n# On a host and in a container, by craterd\n\n";

    /// <summary>The text of docs/agent-faults.md.</summary>
    public static string Markdown(IEnumerable<FaultDescription> faults)
    {
        var text = new StringBuilder("# Faults of craterd\n\nThis page is generated from the agent's catalogue; a test compares the two. `craterd catalog` shows the same, and `craterd check` what a host can do.\n");
        foreach (var fault in faults)
        {
            text.Append($"\n## {fault.Name}\n\n{fault.Summary}\n\n| | |\n|---|---|\n");
            foreach (var (name, value) in Facts(fault))
            {
                text.Append($"| {name} | {Cell(value)} |\n");
            }

            text.Append("\n| option | what it sets | values |\n|---|---|---|\n");
            foreach (var parameter in fault.Parameters)
            {
                text.Append($"| `--{parameter.Name}`{(parameter.Short == '\0' ? "" : $", `-{parameter.Short}`")} | {parameter.Summary} | {Rule(fault, parameter)} |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>A table of all of them, which the page of the library's catalogue ends with.</summary>
    public static string Index(IEnumerable<FaultDescription> faults) =>
        IndexTitle + "Generated from the agent's catalogue; [agent-faults.md](agent-faults.md) has the options of each with unit, range and default.\n\n"
        + "| fault | what it does | mechanism | how it ends | what it cannot do |\n|---|---|---|---|---|\n"
        + string.Concat(faults.Select(fault => $"| [{fault.Name}](agent-faults.md#{fault.Name}) | {string.Join(" | ", new[] { fault.Summary, fault.Mechanism, fault.Ending, fault.Cannot }.Select(Cell))} |\n"));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static IEnumerable<(string Name, string Value)> Facts(FaultDescription fault)
    {
        yield return ("Family", fault.Family);
        yield return ("Mechanism", fault.Mechanism);
        yield return ("Ends", fault.Ending);
        yield return ("Cannot", fault.Cannot);
        yield return ("Also called", fault.Aliases.Count > 0 ? string.Join(", ", fault.Aliases) : "–");
    }

    private static string Rule(FaultDescription fault, FaultParameter parameter)
    {
        List<string> parts = [parameter.Form];
        if (parameter.Type == ParameterType.Integer)
        {
            parts.Add(parameter.Max == long.MaxValue ? $"from {parameter.Min}" : $"from {parameter.Min} to {parameter.Max}");
        }

        if (parameter.Type == ParameterType.Share)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"from {parameter.Min / FaultRequest.MillionthsOfAPercent} to {parameter.Max / FaultRequest.MillionthsOfAPercent}"));
        }

        parts.Add(parameter.IsRequired ? "required" : fault.OneOf.Contains(parameter.Name) ? $"exactly one of {string.Join(" and ", fault.OneOf)}{(fault.TakesWhole ? ", or a place and none of them: all of it" : "")}"
            : parameter.Default.Length > 0 ? $"default {parameter.Default}" : "may be left out");
        if (parameter.Aliases.Count > 0)
        {
            parts.Add($"also written {string.Join(", ", parameter.Aliases)}");
        }

        return $"({string.Join("; ", parts)})";
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
