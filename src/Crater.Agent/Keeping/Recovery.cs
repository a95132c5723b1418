using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// Takes one injection off and proves it. Keeper, guardian, sweep and a person's <c>recover</c> all come here; the lock of the injection makes them take turns, and
/// whoever comes second finds it closed. Nothing cancels it, and what it needs comes from the undo data alone.
/// </summary>
internal static class Recovery
{
    private const int PauseMs = 20;

    /// <param name="who">keeper, guardian, recover or sweep: for the journal.</param>
    /// <param name="held">What the keeper holds; null in every other process.</param>
    /// <param name="remembered">The undo data as the keeper still has it; null in every other process.</param>
    /// <returns>What was found afterwards.</returns>
    public static Outcome Run(StateFolder state, InjectionFolder folder, string who, string why, IDisposable? held, UndoData? remembered = null)
    {
        if (!Directory.Exists(folder.Path))
        {
            held?.Dispose();
            var found = remembered is not null && HostFaults.Find(remembered.Fault) is { } known ? $"; afterwards: {Undo(known, remembered, remembered["before"]).Evidence}" : "";
            return Outcome.Left($"CRT5527: its state was damaged, and whoever recovered it has set it aside{found}", "craterd residue");
        }

        LetGo(folder, remembered);
        using var turn = folder.Lock(Limits.LockBudget);
        if (turn is null)
        {
            return Outcome.Left($"somebody else has been recovering it for {Limits.LockBudget.TotalSeconds} s", $"ls -l {folder.Path}");
        }

        InjectionRecord record;
        UndoData? undo;
        try
        {
            (record, undo) = (folder.Read(), folder.ReadUndo());
        }
        catch (DamagedStateException damage)
        {
            return RunOnDamage(state, folder, damage, held, remembered);
        }

        if (record.IsClosed)
        {
            held?.Dispose();
            state.Claims.Release(folder.Uid);
            return Outcome.Clean(record.Certificate?["evidence"] ?? "it was never put on") with { Tally = record.Tally };
        }

        if (who != "keeper" && !Fence.Kill(record.Keeper))
        {
            return Outcome.Left($"its keeper {record.Keeper} cannot be ended", $"cat /proc/{record.Keeper?.Pid}/stack");
        }

        Note(folder, JournalEvent.Of(EventKinds.Recovering, ("by", who), ("why", why)));
        Steps.Reached("recovering");
        held?.Dispose();
        var outcome = HostFaults.Find(record.Fault) is not { } fault ? Outcome.Left($"this craterd has no fault {record.Fault}", "craterd version")
            : undo is null ? Outcome.Left("its undo data is gone", $"ls -l {folder.Path}")
            : Undo(fault, undo, record.Before);
        Steps.Reached("undone");
        return Close(state, folder, who, outcome);
    }

    /// <summary>
    /// Before anything is waited for: whoever has to be ended, or holds the lock, may wait for a disk that the fault holds, and so would the first line of the recovery.
    /// </summary>
    /// <param name="remembered">The undo data as the keeper still has it; null in every other process.</param>
    public static void LetGo(InjectionFolder folder, UndoData? remembered = null)
    {
        try
        {
            // There is none once the target was certified clean: then others may have it.
            if ((remembered ?? folder.ReadUndo()) is { } undo)
            {
                HostFaults.Find(undo.Fault)?.LetGo(undo);
            }
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException or DamagedStateException)
        {
            // The recovery proper meets it again, and says so.
        }
    }

    /// <summary>
    /// The undo data alone is enough to take the fault off. What happened cannot be told from a damaged state, though, so the folder is set aside for a person and
    /// the outcome is never clean.
    /// </summary>
    private static Outcome RunOnDamage(StateFolder state, InjectionFolder folder, DamagedStateException damage, IDisposable? held, UndoData? remembered)
    {
        held?.Dispose();
        string? place = null;
        var found = "nothing could be undone";
        try
        {
            if ((remembered ?? folder.ReadUndo()) is { } undo && HostFaults.Find(undo.Fault) is { } fault)
            {
                var isFenced = undo.Holder == ProcessIdentity.Self || Fence.Kill(undo.Holder);
                found = isFenced ? $"afterwards: {Undo(fault, undo, undo["before"]).Evidence}" : $"its keeper {undo.Holder} cannot be ended";
            }
        }
        catch (DamagedStateException second)
        {
            // Only a keeper that lives still knows what to undo; what dies with it is gone with it at least.
            found += $", and {second.Message}";
            place = state.SetAside(folder);
            found += Fence.AskByName(folder.Uid, Limits.KeeperBudget) ? "; its keeper was asked to recover from what it remembers" : "; its keeper is gone";
        }

        place ??= state.SetAside(folder);
        return Outcome.Left($"CRT5527: {damage.Message} Its undo data was used as far as it went; {found}", $"ls -l {place}");
    }

    /// <summary>Until the target is as it was, or the budget is used up: a process takes a moment to run again, a disk to give its space back.</summary>
    private static Outcome Undo(HostFault fault, UndoData undo, string before)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var outcome = Once(fault, undo, before);
            if (outcome.IsClean || TimeProvider.System.GetElapsedTime(began) > Limits.RecoveryBudget)
            {
                return outcome;
            }

            Pause();
        }
    }

    private static Outcome Once(HostFault fault, UndoData undo, string before)
    {
        try
        {
            if (undo.Place is not null)
            {
                Bearer.End(undo);
            }

            fault.Recover(undo);
            if (fault.IsTargetGone(undo))
            {
                return Outcome.Clean("what was hit no longer exists, and the fault with it");
            }

            var presence = fault.Look(undo);
            var after = fault.Fingerprint(undo);
            return presence != Presence.Absent ? Outcome.Left($"the fault is {presence.ToString().ToLowerInvariant()}: {after}", fault.LookWith(undo))
                : after != before ? Outcome.Left($"it was {before}, and is {after}", fault.LookWith(undo))
                : Outcome.Clean(after);
        }
        catch (Exception e) when (e is AgentException or HostException or IOException or UnauthorizedAccessException or DamagedStateException)
        {
            return Outcome.Left(e.Message, fault.LookWith(undo));
        }
    }

    private static Outcome Close(StateFolder state, InjectionFolder folder, string who, Outcome outcome)
    {
        outcome = outcome with { Tally = Tally.Read(folder.TallyFile) };
        var certificate = JournalEvent.Of(EventKinds.Certificate, ("clean", outcome.IsClean ? "true" : "false"), ("evidence", outcome.Evidence), ("look", outcome.LookWith), ("by", who));
        var written = Note(folder, outcome.Tally is { } tally ? certificate.With(("seen", $"{tally.Seen}"), ("hit", $"{tally.Hit}")) : certificate);
        if (outcome.IsClean && written)
        {
            folder.DropUndo();
            state.Claims.Release(folder.Uid);
        }

        return outcome;
    }

    // A disk that takes no more lines must not keep a fault in place: the act goes on, and the record says less than it should, so the next sweep looks again.
    private static bool Note(InjectionFolder folder, JournalEvent entry)
    {
        try
        {
            folder.Journal.Append(entry, TimeProvider.System);
            return true;
        }
        catch (HostException)
        {
            return false;
        }
    }

    private static unsafe void Pause() => _ = Libc.Poll(null, 0, PauseMs);
}

/// <summary>How a target was found after a recovery.</summary>
/// <param name="Evidence">What was seen, or what is left.</param>
/// <param name="LookWith">The command to look; empty when it is clean.</param>
internal sealed record Outcome(bool IsClean, string Evidence, string LookWith)
{
    /// <summary>What the fault had met, where it counts that.</summary>
    public Tally? Tally { get; init; }

    public static Outcome Clean(string evidence) => new(true, evidence, "");

    public static Outcome Left(string evidence, string lookWith) => new(false, evidence, lookWith);
}
