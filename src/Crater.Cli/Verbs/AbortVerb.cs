using System.CommandLine;
using Crater.Cli.Composition;
using Crater.Diagnostics;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl abort [RUN]</c>: ends a run from another process; its target will be as it was.</summary>
internal static class AbortVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var run = RunDesk.RunArgument();
        var reason = new Option<string>("--reason") { Description = "Why, for the journal and the report.", DefaultValueFactory = _ => "asked for on the command line" };
        var command = new Command("abort", "End a run now, from any process, and put everything back.") { run, reason };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
            var control = RunDesk.Open(bench, surroundings);
            var outcome = await control.AbortAsync(parsed.GetRequiredValue(run), parsed.GetRequiredValue(reason), stop)
                ?? throw new CraterException("CRT1210", "The run's own process is alive and has not finished yet; 'craterctl status' shows where it stands.");
            RunDesk.ShoutResidue(outcome, output);
            output.Line(outcome.IsClean ? $"{outcome.Run} is aborted; everything is as it was." : $"{outcome.Run} is aborted, with residue.");
            output.Document(RunShow.Json(outcome, model: null, files: null));
            return outcome.IsClean ? ExitCodes.Upheld : ExitCodes.Residue;
        });
        return command;
    }
}
