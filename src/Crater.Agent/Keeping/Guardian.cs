using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// The process that watches a keeper and recovers in its place: when it dies, when it lets the deadline pass because it was stopped, and when somebody ends the guardian
/// itself. It holds nothing and needs nothing but the state folder.
/// </summary>
internal sealed class Guardian(StateFolder state, IBootClock clock, Channel keeper, Watch watch)
{
    /// <param name="given">The uid of the injection, or <see cref="GuardianLink.Ahead"/> when the keeper will tell.</param>
    /// <param name="identity">Its keeper.</param>
    public int Run(string given, ProcessIdentity identity)
    {
        using var handle = PidHandle.Open(identity);
        Steps.Reached("begun");
        if (given == GuardianLink.Ahead)
        {
            Rehearsal.Play(state, clock, watch);
        }

        var uid = given == GuardianLink.Ahead ? keeper.Receive(Timeout.InfiniteTimeSpan, watch)?.GetValueOrDefault("uid") ?? "" : given;
        var isOrdered = keeper.Receive(Limits.InjectBudget) is not null;
        if (state.Find(uid) is not { } folder || !IsKeptBy(folder, identity))
        {
            return ExitCodes.Done;      // the injection was refused before anything was touched
        }

        var why = "its keeper ended";
        if (isOrdered && handle is not null)
        {
            folder.Journal.Append(JournalEvent.Of(EventKinds.Armed, ("guardian", ProcessIdentity.Self.ToString())), TimeProvider.System);
            keeper.Send(new Dictionary<string, string> { [GuardianLink.Armed] = ProcessIdentity.Self.ToString() });
            Steps.Reached("armed");
            why = WaitForTheEnd(folder, handle, identity);
        }

        Recovery.LetGo(folder);
        // Before the lock is asked for: a keeper that was stopped while it put the fault on holds it.
        _ = why == Watch.AskedTo ? Fence.Ask(identity, Limits.KeeperBudget) : Fence.Kill(identity);
        var outcome = Recovery.Run(state, folder, "guardian", why, held: null);
        // Here, since nobody waits for a guardian to end.
        History.Prune(state, TimeProvider.System.GetUtcNow(), Limits.HistoryMax);
        return outcome.IsClean ? ExitCodes.Done : ExitCodes.Residue;
    }

    // A uid that was used before belongs to another keeper, and its injection is none of ours.
    private static bool IsKeptBy(InjectionFolder folder, ProcessIdentity identity)
    {
        try
        {
            return folder.Read().Keeper == identity;
        }
        catch (DamagedStateException)
        {
            return folder.ReadUndo()?.Holder == identity;
        }
    }

    private string WaitForTheEnd(InjectionFolder folder, PidHandle handle, ProcessIdentity identity)
    {
        var (isOnTheWay, grace) = Manner(folder);
        BootInstant? stoppedSince = null;
        while (true)
        {
            var until = Term.Of(folder).Until + grace;
            var look = clock.Now + Limits.StandstillLook;
            switch (watch.Wait(handle, isOnTheWay && until.LeftAt(clock.Now) > Limits.StandstillLook ? look : until, clock))
            {
                case WakeReason.PartnerDied:
                    return "its keeper ended";
                case WakeReason.Asked:
                    return Watch.AskedTo;
            }

            if (Term.Of(folder) is var now && (now.Until + grace).HasPassed(clock.Now))
            {
                return $"{now.Why}, and its keeper did nothing";
            }

            stoppedSince = isOnTheWay && ProcessStat.Read(identity.Pid) is { IsStopped: true } ? stoppedSince ?? clock.Now : null;
            if (stoppedSince is { } since && (since + Limits.StandstillMax).HasPassed(clock.Now))
            {
                return "its keeper was stopped, and others wait for what it does";
            }
        }
    }

    private static (bool IsOnTheWay, TimeSpan Grace) Manner(InjectionFolder folder)
    {
        try
        {
            return folder.ReadUndo() is { } undo && HostFaults.Find(undo.Fault) is { } fault ? (fault.IsOnTheWay, Limits.GuardianGrace + fault.LetGoTime(undo)) : (false, Limits.GuardianGrace);
        }
        catch (DamagedStateException)
        {
            return (false, Limits.GuardianGrace);
        }
    }
}
