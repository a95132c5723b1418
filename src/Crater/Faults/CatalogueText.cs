using System.Text;
using System.Text.Json.Nodes;
using Crater.Targets;

namespace Crater.Faults;

/// <summary>The catalogue as people and programs read it: plain text, JSON and Markdown, all pure functions of the definitions.</summary>
public static class CatalogueText
{
    /// <summary>One line a fault, grouped by family.</summary>
    public static string List(IEnumerable<FaultDefinition> faults)
    {
        var text = new StringBuilder();
        foreach (var family in faults.GroupBy(fault => fault.Family))
        {
            text.Append(family.Key).Append('\n');
            foreach (var fault in family)
            {
                text.Append($"  {fault.Name,-18} {Risk(fault),-7} {string.Join(", ", fault.Drivers),-11} {fault.Summary}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Everything about one fault.</summary>
    public static string Describe(FaultDefinition fault)
    {
        var text = new StringBuilder();
        text.Append($"{fault.Name}: {fault.Summary}\n\n");
        foreach (var (name, value) in Facts(fault))
        {
            text.Append($"  {name,-14} {value}\n");
        }

        text.Append($"\n  Parameters{(fault.Parameters.Count == 0 ? ": none" : "")}\n");
        foreach (var parameter in fault.Parameters)
        {
            text.Append($"    {parameter.Name,-13} {parameter.Summary} {Rule(fault, parameter)}\n");
        }

        return text.Append($"\n  By hand        {fault.ByHand}\n  Undo by hand   {fault.UndoByHand}\n").ToString();
    }

    public static JsonArray Json(IEnumerable<FaultDefinition> faults) => new([.. faults.Select(fault => Json(fault))]);

    public static JsonObject Json(FaultDefinition fault) => new()
    {
        ["name"] = fault.Name,
        ["family"] = fault.Family,
        ["summary"] = fault.Summary,
        ["risk"] = Risk(fault),
        ["targets"] = Texts(fault.Targets.Select(TargetId.Text)),
        ["drivers"] = Texts(fault.Drivers),
        ["mechanism"] = fault.Mechanism,
        ["ending"] = Ending(fault),
        ["fingerprint"] = fault.Fingerprint,
        ["residueCheck"] = fault.ResidueCheck,
        ["parameters"] = new JsonArray([.. fault.Parameters.Select(Json)]),
        ["oneOf"] = Texts(fault.OneOf),
        ["aliases"] = Texts(fault.Aliases),
        ["intensity"] = fault.Intensity is { } intensity
            ? new JsonObject { ["parameter"] = intensity.Parameter, ["atOne"] = intensity.AtOne, ["unit"] = intensity.Unit }
            : null,
        ["byHand"] = fault.ByHand,
        ["undoByHand"] = fault.UndoByHand,
    };

    /// <summary>The text of docs/faults.md.</summary>
    public static string Markdown(IEnumerable<FaultDefinition> faults)
    {
        var text = new StringBuilder("# Faults\n\nThis page is generated from the catalogue; a test compares the two. `craterctl catalog` shows the same.\n");
        foreach (var fault in faults)
        {
            text.Append($"\n## {Title(fault)}\n\n{fault.Summary}\n\n| | |\n|---|---|\n");
            foreach (var (name, value) in Facts(fault))
            {
                text.Append($"| {name} | {Cell(value)} |\n");
            }

            if (fault.Parameters.Count > 0)
            {
                text.Append("\n| parameter | what it sets | values |\n|---|---|---|\n");
                foreach (var parameter in fault.Parameters)
                {
                    text.Append($"| `{parameter.Name}` | {Cell(parameter.Summary)} | {Cell(Rule(fault, parameter))} |\n");
                }
            }

            text.Append($"\nBy hand:\n\n```sh\n{fault.ByHand}\n{fault.UndoByHand}   # undo\n```\n");
        }

        text.Append("\n## Known, and not available in this release\n\n| names | why | instead |\n|---|---|---|\n");
        foreach (var unavailable in UnavailableFaults.All)
        {
            text.Append($"| {string.Join(", ", unavailable.Names)} | {unavailable.Reason} | {string.Join(", ", unavailable.Instead)} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Name, string Value)> Facts(FaultDefinition fault)
    {
        yield return ("Family", fault.Family);
        yield return ("Risk", Risk(fault));
        yield return ("Targets", string.Join(", ", fault.Targets.Select(TargetId.Text)));
        yield return ("Drivers", string.Join(", ", fault.Drivers));
        yield return ("Mechanism", fault.Mechanism);
        yield return ("Ends", Ending(fault));
        yield return ("As it was", fault.Fingerprint);
        yield return ("Residue check", fault.ResidueCheck);
        yield return ("Also called", fault.Aliases.Count > 0 ? string.Join(", ", fault.Aliases) : "–");
        yield return ("Intensity", fault.Intensity is { } intensity
            ? $"1.0 sets {intensity.Parameter} to {intensity.AtOne:0.####} {intensity.Unit}; smaller values in proportion."
            : "Means nothing here: there is no half of it.");
    }

    private static string Rule(FaultDefinition fault, FaultParameter parameter)
    {
        List<string> parts = [ParameterValue.Form(parameter)];
        if (parameter.Min.Length > 0 || parameter.Max.Length > 0)
        {
            parts.Add($"{(parameter.Min.StartsWith('>') ? $"more than {parameter.Min[1..]}" : $"from {parameter.Min}")} to {parameter.Max}");
        }

        parts.Add(parameter.Required ? "required" : fault.OneOf.Contains(parameter.Name) ? $"exactly one of {string.Join(" and ", fault.OneOf)}"
            : parameter.Default.Length > 0 ? $"default {parameter.Default}" : "may be left out");
        if (parameter.Unit.Length > 0)
        {
            parts.Insert(1, $"in {parameter.Unit}");
        }

        if (parameter.Aliases.Count > 0)
        {
            parts.Add($"also written {string.Join(", ", parameter.Aliases)}");
        }

        return $"({string.Join("; ", parts)})";
    }

    private static JsonNode Json(FaultParameter parameter) => new JsonObject
    {
        ["name"] = parameter.Name,
        ["type"] = parameter.Type.ToString().ToLowerInvariant(),
        ["summary"] = parameter.Summary,
        ["unit"] = parameter.Unit,
        ["min"] = parameter.Min,
        ["max"] = parameter.Max,
        ["default"] = parameter.Default,
        ["required"] = parameter.Required,
        ["choices"] = Texts(parameter.Choices),
        ["aliases"] = Texts(parameter.Aliases),
    };

    // One name can mean two things, one in a cluster and one on a host; a container of a cluster is its pod's.
    private static string Title(FaultDefinition fault) => fault.IsForHosts && fault.Targets[0] != TargetKind.Container ? $"{fault.Name} on a host" : fault.Name;

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)JsonValue.Create(text))]);

    private static string Risk(FaultDefinition fault) => fault.Risk.ToString().ToLowerInvariant();

    private static string Ending(FaultDefinition fault) => fault.Ending switch
    {
        Faults.Ending.DiesWithHolder => "dies with its holder; nothing is left to undo",
        Faults.Ending.MustBeUndone => "must be undone, from data captured before the act",
        _ => "heals by itself; recovery waits for that",
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
