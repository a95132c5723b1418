using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Faults;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl catalog [FAULT]</c>: what can be broken, with every parameter, limit and ending.</summary>
internal static class CatalogVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var fault = new Argument<string?>("fault") { Description = "One fault by its name or any alias, with all its parameters.", DefaultValueFactory = _ => null };
        var command = new Command("catalog", "List the faults: what each does, its parameters, how it ends.") { fault };
        command.Does(globals, surroundings, (parsed, output, _) =>
        {
            var shown = parsed.GetValue(fault) is { } name ? [One(name)] : FaultCatalogue.All;
            if (shown.Count == 1)
            {
                Detail(shown[0], output.Line);
            }
            else
            {
                Listing(shown, output.Line);
            }

            output.Document(new JsonArray([.. shown.Select(definition => (JsonNode)Json(definition))]));
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }

    private static FaultDefinition One(string name) =>
        FaultCatalogue.Find(name) ?? throw CraterException.For("The name", [FaultCatalogue.Unknown(name, "fault", 0, 0)]);

    private static void Listing(IReadOnlyList<FaultDefinition> shown, Action<string> line)
    {
        foreach (var family in shown.GroupBy(definition => definition.Family))
        {
            line($"{family.Key}");
            foreach (var definition in family)
            {
                line($"  {definition.Name,-20} {definition.Risk.ToString().ToLowerInvariant(),-7} {definition.Summary}");
            }

            line("");
        }

        line($"{shown.Count} faults; 'craterctl catalog FAULT' shows the parameters of one.");
    }

    private static void Detail(FaultDefinition definition, Action<string> line)
    {
        line($"{definition.Name} — {definition.Summary}");
        line($"  risk         {definition.Risk.ToString().ToLowerInvariant()}");
        line($"  targets      {string.Join(", ", definition.Targets.Select(Crater.Targets.TargetId.Text))}");
        line($"  drivers      {string.Join(", ", definition.Drivers)}");
        line($"  mechanism    {definition.Mechanism}");
        line($"  ends         {Ends(definition.Ending)}");
        line($"  as it was    {definition.Fingerprint}");
        line($"  residue      {definition.ResidueCheck}");
        line($"  also called  {string.Join(", ", definition.Aliases)}");
        line(definition.Parameters.Count == 0 ? "  parameters   none" : "  parameters");
        foreach (var parameter in definition.Parameters)
        {
            line($"    {parameter.Name,-14} {Value(parameter)}");
            line($"    {"",-14} {parameter.Summary}");
        }

        line($"  by hand      {definition.ByHand}");
        line($"  undo         {definition.UndoByHand}");
    }

    private static string Ends(Ending ending) => ending switch
    {
        Ending.DiesWithHolder => "dies with its holder; nothing to undo",
        Ending.MustBeUndone => "is undone from captured data",
        _ => "is a moment; recovery waits until the target has healed itself",
    };

    private static string Value(FaultParameter parameter)
    {
        var type = parameter.Type == ParameterType.Choice ? string.Join('|', parameter.Choices) : parameter.Type.ToString().ToLowerInvariant();
        var range = (parameter.Min, parameter.Max) switch
        {
            ("", "") => "",
            (var min, "") => $", at least {min}",
            ("", var max) => $", at most {max}",
            var (min, max) => $", {min} to {max}",
        };
        return $"{type}{(parameter.Unit.Length > 0 ? $" in {parameter.Unit}" : "")}{range}, "
            + (parameter.Required ? "required" : parameter.Default.Length > 0 ? $"default {parameter.Default}" : "no default");
    }

    private static JsonObject Json(FaultDefinition definition) => new()
    {
        ["name"] = definition.Name,
        ["family"] = definition.Family,
        ["summary"] = definition.Summary,
        ["risk"] = definition.Risk.ToString().ToLowerInvariant(),
        ["targets"] = Texts(definition.Targets.Select(Crater.Targets.TargetId.Text)),
        ["drivers"] = Texts(definition.Drivers),
        ["mechanism"] = definition.Mechanism,
        ["ending"] = definition.Ending.ToString(),
        ["fingerprint"] = definition.Fingerprint,
        ["residueCheck"] = definition.ResidueCheck,
        ["aliases"] = Texts(definition.Aliases),
        ["parameters"] = new JsonArray([.. definition.Parameters.Select(parameter => (JsonNode)new JsonObject
        {
            ["name"] = parameter.Name,
            ["type"] = parameter.Type.ToString().ToLowerInvariant(),
            ["unit"] = parameter.Unit,
            ["min"] = parameter.Min,
            ["max"] = parameter.Max,
            ["default"] = parameter.Default,
            ["required"] = parameter.Required,
            ["choices"] = Texts(parameter.Choices),
            ["summary"] = parameter.Summary,
        })]),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
