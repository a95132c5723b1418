using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>What a sweep found out about one open run.</summary>
/// <param name="Outcome">Null when it is held by a living process, injects nothing, or its journal cannot be read.</param>
/// <param name="Problem">Why it could not be recovered; null when it was, or when it is alive.</param>
public sealed record SweptRun(RunId Run, RunOutcome? Outcome, Problem? Problem);

/// <summary>Runs at the start of every craterctl that can reach targets: finishes what earlier processes could not.</summary>
public sealed class RecoverySweep(IJournals journals, RunRecovery recovery)
{
    public async Task<IReadOnlyList<SweptRun>> RunAsync()
    {
        List<SweptRun> swept = [];
        foreach (var run in journals.OpenRuns())
        {
            try
            {
                swept.Add(new SweptRun(run, await recovery.SweepAsync(run), Problem: null));
            }
            catch (Exception e) when (e is CraterException or IOException or UnauthorizedAccessException)
            {
                // One unreadable run must not keep the next one's targets broken.
                swept.Add(new SweptRun(run, Outcome: null, e is CraterException coded
                    ? new Problem(run.Value, coded.Code, coded.Message)
                    : new Problem(run.Value, "CRT4020", $"The folder of {run} cannot be read: {e.Message} What it left is not known. Correct its permissions, or recover it as the user who started it.")));
            }
        }

        return swept;
    }
}
