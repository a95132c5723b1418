using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>Finishes a run whose process is gone: recovers what its journal says is outstanding, reaches its verdict and closes it.</summary>
/// <param name="by">Who does it, for the journal: user@host and the process id.</param>
/// <param name="claims">Where the dead process' claims are given back; null leaves them to run out.</param>
public sealed class RunRecovery(IJournals journals, IReadOnlyList<IDriver> drivers, TimeProvider clock, string by, IClaims? claims = null)
{
    /// <returns>Null when the run is held by a living process, which finishes it itself.</returns>
    /// <exception cref="CraterException">CRT4002 or CRT4003: its journal cannot be read, so what it left is not known.</exception>
    public Task<RunOutcome?> RecoverAsync(RunId run) => RecoverAsync(run, leavesPlain: false);

    /// <summary>The same for a sweep, which leaves runs alone that inject nothing: there is nothing to take off, and a person may still want to go on with them.</summary>
    internal Task<RunOutcome?> SweepAsync(RunId run) => RecoverAsync(run, leavesPlain: true);

    private async Task<RunOutcome?> RecoverAsync(RunId run, bool leavesPlain)
    {
        using var hold = journals.TryHold(run);
        if (hold is null)
        {
            return null;
        }

        var journal = journals.Open(run);
        using var ending = journal as IDisposable;
        using var record = new RunRecord(journal, watcher: null);
        if (record.State.IsClosed)
        {
            return RunClosing.Outcome(record, run, []);     // it was closed by its own process while we looked at another
        }

        if (leavesPlain && record.State is { Plan.Injections.Count: 0, Outstanding.Count: 0 })
        {
            return null;
        }

        record.Note(new RunTakenOver(by));
        record.Note(new PhaseEntered(RunPhase.Recovering));
        var residue = await new Recovery(record, drivers, clock).RecoverAsync(record.State.Outstanding.Values);
        if (record.State.Verdict is null)
        {
            record.Note(VerdictRules.Decide(record.Events));
        }

        return await RunClosing.CloseAsync(record, run, residue, () => DriverTurns.EndAsync(drivers, run, record.State.Plan?.Injections ?? [], () => ReleaseAsync(record), clock), sealFiles: null);
    }

    // They have run out by themselves or will within a lease; given back, the next run need not wait and no mark stays in the cluster.
    private Task ReleaseAsync(RunRecord record) => claims is null || record.State.Plan is not { } plan
        ? Task.CompletedTask
        : new ClaimSet(plan.Injections, claims, record, clock).ReleaseLeftAsync();
}
