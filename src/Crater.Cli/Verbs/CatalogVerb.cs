using System.CommandLine;
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
            var named = parsed.GetValue(fault);
            var shown = named is null ? FaultCatalogue.All : Named(named);
            output.Line((named is null ? CatalogueText.List(shown) : string.Join('\n', shown.Select(CatalogueText.Describe))).TrimEnd());
            output.Document(CatalogueText.Json(shown));
            return Task.FromResult(ExitCodes.Upheld);
        });
        return command;
    }

    private static IReadOnlyList<FaultDefinition> Named(string name) => FaultCatalogue.Variants(name) is { Count: > 0 } found ? found
        : throw CraterException.For("The name", [FaultCatalogue.Unknown(name, "fault", 0, 0)]);
}
