using System.Text.Json.Nodes;
using Crater.Agent.Residue;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd residue [--fix]</c>: what is left on this host, of craterd and of other tools. Only what is craterd's own is mended.</summary>
internal static class ResidueVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("residue", arguments, [new("fix", IsFlag: true), new("json", IsFlag: true)]);
        var state = surroundings.State;
        var scan = new ResidueScan(state, surroundings.Clock);
        if (line.Flag("fix"))
        {
            scan.Fix();
        }

        var left = scan.Look().ToList();
        if (line.Flag("json"))
        {
            surroundings.Out.WriteLine(new JsonArray([.. left.Select(trace =>
                (JsonNode)new JsonObject { ["tool"] = trace.Tool, ["what"] = trace.What, ["lookWith"] = trace.LookWith })]).ToJsonString());
        }
        else
        {
            foreach (var trace in left)
            {
                surroundings.Out.WriteLine($"{trace.Tool}: {trace.What}\n  look with: {trace.LookWith}");
            }

            surroundings.Out.WriteLine(left.Count == 0 ? "Nothing is left." : $"{left.Count} found.");
        }

        return left.Count == 0 ? ExitCodes.Done : ExitCodes.Residue;
    }
}
