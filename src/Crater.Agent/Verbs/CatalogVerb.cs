using System.Text.Json.Nodes;
using Crater.Agent.Faults;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd catalog [FAULT]</c>: what there is, and everything about one.</summary>
internal static class CatalogVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("catalog", arguments, [new("json", IsFlag: true)]);
        IReadOnlyList<FaultDescription> shown = line.Words.Count == 0 ? [.. HostFaults.All.Select(fault => fault.Description)] : [InjectVerb.Named(line.Words).Fault.Description];
        if (line.Flag("json"))
        {
            surroundings.Out.WriteLine(new JsonArray([.. shown.Select(FaultText.Json)]).ToJsonString());
        }
        else if (line.Words.Count > 0)
        {
            surroundings.Out.Write(FaultText.Describe(shown[0]));
        }
        else
        {
            TextTable.Write(surroundings.Out, ["FAULT", "FAMILY", "WHAT IT DOES"], [.. shown.Select(fault => (IReadOnlyList<string>)[fault.Name, fault.Family, fault.Summary])]);
        }

        return ExitCodes.Done;
    }
}
