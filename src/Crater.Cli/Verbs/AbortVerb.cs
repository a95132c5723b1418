using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Runs;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl abort [RUN]</c>: ends a run from another process; its target will be as it was.</summary>
internal static class AbortVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var run = RunDesk.RunArgument();
        var reason = new Option<string>("--reason") { Description = "Why, for the journal and the report.", DefaultValueFactory = _ => "asked for on the command line" };
        var all = new Option<bool>("--all") { Description = "Every change that any craterctl holds in the cluster, from whichever machine; the runs they belong to end by it." };
        var command = new Command("abort", "End a run now, from any process, and put everything back.") { run, reason, all };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            if (parsed.GetValue(all))
            {
                using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
                return await AllAsync(bench, output);
            }

            var outcome = await OneAsync(parsed.GetRequiredValue(run), parsed.GetRequiredValue(reason), surroundings, abort => ClusterBench.OpenAsync(parsed, globals, surroundings, output, abort), stop)
                ?? throw new CraterException("CRT1210", "The run's own process is alive and has not finished yet; 'craterctl status' shows where it stands.");
            RunDesk.ShoutResidue(outcome, output);
            output.Line(outcome.IsClean ? $"{outcome.Run} is aborted; everything is as it was." : $"{outcome.Run} is aborted, with residue.");
            output.Document(RunShow.Json(outcome, model: null, files: null));
            return outcome.IsClean ? ExitCodes.Upheld : ExitCodes.Residue;
        });
        return command;
    }

    // Its own process puts everything back, if it lives: whoever only asks it to need not reach the cluster. The cluster is opened when there is nobody to ask.
    private static async Task<RunOutcome?> OneAsync(string run, string reason, Surroundings surroundings, Func<CancellationToken, Task<ClusterBench>> open, CancellationToken stop)
    {
        var folder = RunDesk.Folders(surroundings).Resolve(run);
        var isAlive = folder.IsHeld();
        if (isAlive && !await RunAbort.AskAsync(folder, RunDesk.Who(surroundings), reason, surroundings.Clock, stop))
        {
            return null;
        }

        using var bench = RunDesk.NeedsWorld(folder) ? await open(stop) : null;
        var control = RunDesk.Open(bench, surroundings);
        return isAlive && folder.State().IsClosed ? await control.RecoverAsync(run) : await control.AbortAsync(run, reason, stop);
    }

    // A run that is alive finds its lease gone at the next renewal, and recovers the rest by itself.
    private static async Task<int> AllAsync(ClusterBench bench, Output output)
    {
        var done = bench.Keeper is { } keeper ? await keeper.RecoverAsync(_ => true, CancellationToken.None) : [];
        foreach (var change in done)
        {
            output.Line($"{change.Fault} on {change.Target}, held by {change.Run}, {(change.Problem.Length > 0 ? $"is RESIDUE: {change.Problem}" : "is taken off")}.");
        }

        var nodes = bench.Agents is { } agents ? await agents.EndAllAsync(CancellationToken.None) : [];
        foreach (var swept in nodes)
        {
            output.Line(AgentText.Of(swept));
        }

        var isClean = !HeldShow.HasResidue(done) && nodes.All(swept => swept.Problem.Length == 0);
        output.Line(done.Count + nodes.Count == 0 ? HeldShow.Nothing(bench) : isClean ? "Everything is as it was." : "See above for what is left.");
        output.Document(new JsonObject { ["clean"] = isClean, ["held"] = HeldShow.Json(done), ["nodes"] = new JsonArray([.. nodes.Select(swept => (JsonNode)AgentText.Of(swept))]) });
        return isClean ? ExitCodes.Upheld : ExitCodes.Residue;
    }
}
