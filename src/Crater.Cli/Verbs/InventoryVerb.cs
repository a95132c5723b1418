using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Discovery;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl inventory</c>: what runs, where, and what depends on what. Reads only.</summary>
internal static class InventoryVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var mermaid = new Option<bool>("--mermaid") { Description = "Print the dependency graph as Mermaid." };
        var dot = new Option<bool>("--dot") { Description = "Print the dependency graph as Graphviz dot." };
        var labels = new Option<bool>("--show-labels") { Description = "Show the selector that finds each component's pods." };
        var command = new Command("inventory", "Show what runs: workloads, services, tiers and dependencies.") { mermaid, dot, labels };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
            var topology = await bench.DiscoverAsync(stop);
            if (parsed.GetValue(mermaid) || parsed.GetValue(dot))
            {
                var drawing = (parsed.GetValue(mermaid) ? TopologyDrawing.Mermaid(topology) : TopologyDrawing.Dot(topology)).TrimEnd();
                output.Line(drawing);
                output.Document(new JsonObject { ["format"] = parsed.GetValue(mermaid) ? "mermaid" : "dot", ["drawing"] = drawing });
                return ExitCodes.Upheld;
            }

            if (output.IsJson)
            {
                output.Document(writer => TopologyJson.Write(topology, writer));
                return ExitCodes.Upheld;
            }

            output.Line(InventoryText.Write(topology).TrimEnd());
            output.Line();
            TableText.Write(InventoryTable.From(topology, parsed.GetValue(labels)), surroundings, output);
            return ExitCodes.Upheld;
        });
        return command;
    }
}
