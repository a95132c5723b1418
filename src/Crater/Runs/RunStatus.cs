using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>What can be said about a run from outside, at any time, by any process.</summary>
public sealed record RunStatus
{
    public required RunId Run { get; init; }

    public required string Title { get; init; }

    public required RunPhase Phase { get; init; }

    public required DateTimeOffset? Started { get; init; }

    /// <summary>When the last line was written.</summary>
    public required DateTimeOffset? LastAt { get; init; }

    /// <summary>A living process holds it. Not closed and not held means that its process died: 'craterctl recover' finishes it.</summary>
    public required bool IsHeld { get; init; }

    /// <summary>Injections that may be in place.</summary>
    public required IReadOnlyList<OutstandingInjection> Outstanding { get; init; }

    public required VerdictReached? Verdict { get; init; }

    public required JournalEvent? StoppedBy { get; init; }

    /// <summary>Bytes of a last line that a crash had cut; its act had not begun.</summary>
    public required long TornBytes { get; init; }

    public bool IsClosed => Phase == RunPhase.Closed;

    public bool NeedsRecovery => !IsClosed && !IsHeld;

    public bool HasResidue => Outstanding.Any(injection => injection.Residue.Length > 0);

    /// <exception cref="Diagnostics.CraterException">CRT4002 or CRT4003: the journal cannot be read.</exception>
    public static RunStatus Of(RunFolder folder)
    {
        using var journal = folder.OpenJournal();
        var state = RunState.Of(journal.Read());
        return new RunStatus
        {
            Run = folder.Run,
            Title = state.Plan?.Title ?? "",
            Phase = state.Phase,
            Started = state.Plan?.At,
            LastAt = state.LastAt,
            IsHeld = !state.IsClosed && folder.IsHeld(),
            Outstanding = [.. state.Outstanding.Values],
            Verdict = state.Verdict,
            StoppedBy = state.StoppedBy,
            TornBytes = journal.TornBytes(),
        };
    }
}
