using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl recover RUN | --all</c>: finishes what a dead process began, from its journal and from what stands in the cluster.</summary>
internal static class RecoverVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var run = RunDesk.RunArgument();
        var all = new Option<bool>("--all") { Description = "Every open run of this working directory, and every change that any craterctl left in the cluster past its deadline." };
        var command = new Command("recover", "Finish a run whose process died: take its faults off and prove it.") { run, all };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            if (parsed.GetValue(all))
            {
                using var everything = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
                return await AllAsync(everything, RunDesk.Open(everything, surroundings), output);
            }

            var folders = RunDesk.Folders(surroundings);
            if (RunId.TryParse(parsed.GetRequiredValue(run), out var named) && !folders.Folder(named).Exists)
            {
                using var elsewhere = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
                return await ElsewhereAsync(elsewhere, named, output);
            }

            var folder = folders.Resolve(parsed.GetRequiredValue(run));
            if (folder.IsHeld())
            {
                return Alive(folder, output);
            }

            using var bench = RunDesk.NeedsWorld(folder) ? await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop) : null;
            return await OneAsync(RunDesk.Open(bench, surroundings), folder, output);
        });
        return command;
    }

    private static int Alive(RunFolder folder, Output output)
    {
        output.Line("The run's own process is alive and recovers it itself; 'craterctl abort' ends it.");
        output.Document(new JsonObject { ["run"] = folder.Run.Value, ["state"] = "running" });
        return ExitCodes.Inconclusive;
    }

    private static async Task<int> OneAsync(ControlPlane control, RunFolder folder, Output output)
    {
        if (await control.RecoverAsync(folder.Run.Value) is not { } outcome)
        {
            return Alive(folder, output);
        }

        RunDesk.ShoutResidue(outcome, output);
        output.Line(outcome.IsClean ? $"{outcome.Run}: everything is as it was." : $"{outcome.Run}: residue is left.");
        output.Document(RunShow.Json(outcome, model: null, files: null));
        return outcome.IsClean ? ExitCodes.Upheld : ExitCodes.Residue;
    }

    // A run of an operator or of another machine: what it holds stands in the cluster, and opening that has finished what nobody renews.
    private static async Task<int> ElsewhereAsync(ClusterBench bench, RunId run, Output output)
    {
        var held = (await HeldShow.ListAsync(bench)).Where(change => change.Run == run.Value).ToList();
        var nodes = (bench.Agents is { } agents ? await agents.ListAsync(CancellationToken.None) : []).Where(use => use.Run == run).ToList();
        HeldShow.Say(held, output);
        nodes.ForEach(use => output.Line(AgentText.Of(use)));
        var hasResidue = HeldShow.HasResidue(held) || nodes.Any(use => use.IsOver);
        var isClean = held.Count + nodes.Count == 0;
        output.Line(isClean ? $"The folder of {run} is not here. {HeldShow.Nothing(bench, run.Value)}"
            : hasResidue ? "See above for what is left."
            : "Its time is not over, or its own process still renews it; 'craterctl abort --all' takes off what all runs hold in the cluster.");
        output.Document(new JsonObject { ["run"] = run.Value, ["clean"] = isClean, ["held"] = HeldShow.Json(held), ["nodes"] = new JsonArray([.. nodes.Select(use => (JsonNode)AgentText.Of(use))]) });
        return isClean ? ExitCodes.Upheld : hasResidue ? ExitCodes.Residue : ExitCodes.Inconclusive;
    }

    private static async Task<int> AllAsync(ClusterBench bench, ControlPlane control, Output output)
    {
        var clean = await RunDesk.FinishOpenRunsAsync(control, output);
        var held = await HeldShow.ListAsync(bench);
        HeldShow.Say(held, output);
        // Opening the bench has finished what nobody renews; what is still over could not be.
        var nodes = bench.Agents is { } agents ? await agents.ListAsync(CancellationToken.None) : [];
        foreach (var use in nodes)
        {
            output.Line(AgentText.Of(use));
        }

        var isClean = clean && !HeldShow.HasResidue(held) && !nodes.Any(use => use.IsOver);
        output.Line(clean && held.Count == 0 && nodes.Count == 0 ? $"Nothing is left: no open run here. {HeldShow.Nothing(bench)}" : "See above for what is left.");
        output.Document(new JsonObject { ["clean"] = isClean, ["held"] = HeldShow.Json(held), ["nodes"] = new JsonArray([.. nodes.Select(use => (JsonNode)AgentText.Of(use))]) });
        return isClean ? ExitCodes.Upheld : ExitCodes.Residue;
    }
}
