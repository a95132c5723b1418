using Crater.Advice;
using Crater.Journals;

namespace Crater.Cli.Composition;

/// <summary>What was tested before, from the run folders: the advisor ranks it lower.</summary>
internal static class PastRuns
{
    public static IReadOnlyList<PastRun> Of(Surroundings surroundings)
    {
        var folders = RunDesk.Folders(surroundings);
        return [.. folders.All().SelectMany(run => Past(folders.Folder(run), surroundings.Clock))];
    }

    private static IEnumerable<PastRun> Past(RunFolder folder, TimeProvider clock)
    {
        RunState state;
        try
        {
            state = folder.State();
        }
        catch (Diagnostics.CraterException)
        {
            return [];      // 'craterctl status' says what is wrong with it
        }

        return state is not { Plan: { } plan, Verdict: { } verdict } ? [] : plan.Injections.Select(injection => new PastRun(
            injection.Target.Component.Length > 0 ? injection.Target.Component : injection.Target.Id.Value,
            injection.Fault.Name, verdict.ToString().ToLowerInvariant(), clock.GetUtcNow() - plan.At));
    }
}
