using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Journals;

namespace Crater.Cli.Composition;

/// <summary>Where runs and reports are kept, and who works on them.</summary>
internal static class RunDesk
{
    public static RunFolders Folders(Surroundings surroundings) =>
        new(RunFolders.DefaultRoot(surroundings.WorkingDirectory), surroundings.Clock);

    /// <summary>user@host, as the journal names people.</summary>
    public static string Who(Surroundings surroundings) =>
        $"{surroundings.Environment.GetValueOrDefault("USER") ?? surroundings.Environment.GetValueOrDefault("USERNAME") ?? System.Environment.UserName}@{System.Environment.MachineName}";

    public static string Version { get; } =
        typeof(RunDesk).Assembly.GetName().Version is { } version ? $"{version.Major}.{version.Minor}.{version.Build}" : "";

    public static Argument<string> RunArgument() => new("run")
    {
        Description = "Run id, a unique beginning of it, or latest.",
        DefaultValueFactory = _ => RunFolders.Latest,
    };

    /// <param name="bench">Null for a document that needs no cluster.</param>
    public static ControlPlane Open(ClusterBench? bench, Surroundings surroundings) =>
        new(bench?.World ?? EmptyWorld.World, Folders(surroundings), surroundings.Clock, Who(surroundings));

    /// <summary>Whether somebody who finishes the run has to reach what it was run against: not for one that is over, nor for one that injects nothing.</summary>
    public static bool NeedsWorld(RunFolder folder) => folder.State() is { IsClosed: false } state && (state.Outstanding.Count > 0 || state.Plan is { Injections.Count: > 0 });

    /// <summary>Finishes what earlier processes of this working directory left open, and says so.</summary>
    public static Task<bool> FinishOpenRunsAsync(ControlPlane control, Output output) => FinishOpenRunsAsync(control, output.Note);

    public static async Task<bool> FinishOpenRunsAsync(ControlPlane control, Action<string> note)
    {
        var clean = true;
        foreach (var swept in await control.RecoverAllAsync())
        {
            if (swept.Problem is { } problem)
            {
                note($"error {problem}");
                clean = false;
            }
            else if (swept.Outcome is { } outcome)
            {
                note(outcome.IsClean
                    ? $"{swept.Run} was left open by a process that died; it is recovered and closed."
                    : $"RESIDUE: {swept.Run} was left open by a process that died, and {outcome.Residue.Count} of its faults could not be proven gone.");
                clean &= outcome.IsClean;
            }
        }

        return clean;
    }

    public static int ExitCode(Crater.Runs.RunOutcome outcome) =>
        !outcome.IsClean ? ExitCodes.Residue
        : outcome.JournalFailure.Length > 0 ? ExitCodes.Environment
        : outcome.Verdict switch
        {
            Verdict.Upheld => ExitCodes.Upheld,
            Verdict.Refuted => ExitCodes.Refuted,
            _ when outcome.StoppedBy is RunInterrupted { Code: var code } && ExitCodes.IsNoClusterOrNoRight(code) => ExitCodes.Environment,
            _ => ExitCodes.Inconclusive,
        };

    /// <summary>Every fault that may still be in place, in the loudest form there is.</summary>
    public static void ShoutResidue(Crater.Runs.RunOutcome outcome, Output output)
    {
        foreach (var residue in outcome.Residue)
        {
            output.Note($"RESIDUE: {residue.Injection.Fault.Name} may still be on {residue.Injection.Target.Id}: {residue.Reason}");
            output.Note($"         look with: {residue.InspectWith}");
        }

        if (outcome.JournalFailure.Length > 0)
        {
            output.Note($"error CRT4001: the journal could not be written to the end: {outcome.JournalFailure}");
        }
    }
}
