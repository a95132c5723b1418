using Crater.Diagnostics;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>Ends a run from another process: its holder does it, or we do, if the holder is gone.</summary>
public sealed class RunAbort(RunRecovery recovery, TimeProvider clock)
{
    /// <summary>A holder's recovery and healing, its settling and closing, with some air.</summary>
    private static readonly TimeSpan Patience = Limits.RecoveryBudget + Limits.HealingBudget + Limits.SettlingBudget;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks the process that holds the run to end it, and waits until none does. Takes nothing off, so nothing of the run's world has to be within reach.</summary>
    /// <returns>False when its living holder had not finished within the patience.</returns>
    /// <exception cref="CraterException">CRT4008: the run had ended before.</exception>
    public static async Task<bool> AskAsync(RunFolder folder, string by, string reason, TimeProvider clock, CancellationToken stop)
    {
        Request(folder, by, reason);
        var began = clock.GetTimestamp();
        while (folder.IsHeld())
        {
            if (clock.GetElapsedTime(began) > Patience)
            {
                return false;
            }

            await Task.Delay(LookEvery, clock, stop);
        }

        return true;
    }

    /// <returns>How the run ended; null when its living holder had not finished within the patience, and its end must be looked up later.</returns>
    /// <exception cref="CraterException">CRT4008: the run had ended before.</exception>
    public async Task<RunOutcome?> AbortAsync(RunFolder folder, string by, string reason, CancellationToken stop)
    {
        Request(folder, by, reason);
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Patience)
        {
            // Recovery holds the run's lock, so this does nothing as long as its own process lives.
            if (await recovery.RecoverAsync(folder.Run) is { } outcome)
            {
                return outcome;
            }

            await Task.Delay(LookEvery, clock, stop);
        }

        return null;
    }

    private static void Request(RunFolder folder, string by, string reason)
    {
        if (folder.State().IsClosed)
        {
            throw new CraterException("CRT4008", $"Run {folder.Run} has ended already; there is nothing to abort. 'craterctl report {folder.Run}' shows how it went.");
        }

        folder.RequestAbort(by, reason);
    }
}
