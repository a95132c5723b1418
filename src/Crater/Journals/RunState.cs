using System.Collections.Immutable;
using Crater.Drivers;

namespace Crater.Journals;

/// <summary>An injection that may be in place, with what is needed to take it off.</summary>
/// <param name="IsInjected">The driver said that it is on.</param>
/// <param name="IsRecovering">Its recovery has begun.</param>
/// <param name="Residue">Why an earlier recovery could not prove it clean; empty when none failed.</param>
public sealed record OutstandingInjection(
    Injection Injection, Preparation Preparation, bool IsInjected = false, bool IsRecovering = false, string Residue = "")
{
    /// <summary>Known to be on: said by the driver, and not yet being taken off.</summary>
    public bool IsHeld => IsInjected && !IsRecovering;
}

/// <summary>A run as its journal tells it. The journal is the truth; this is only its reading.</summary>
public sealed record RunState
{
    public static readonly RunState Initial = new();

    /// <summary>Null before the first line.</summary>
    public RunPlanned? Plan { get; init; }

    public RunPhase Phase { get; init; } = RunPhase.Planned;

    /// <summary>By sequence: intended and not yet certified clean.</summary>
    public ImmutableSortedDictionary<int, OutstandingInjection> Outstanding { get; init; } = ImmutableSortedDictionary<int, OutstandingInjection>.Empty;

    public ImmutableSortedDictionary<int, Certificate> Certificates { get; init; } = ImmutableSortedDictionary<int, Certificate>.Empty;

    /// <summary>Ids of the targets that the run holds.</summary>
    public ImmutableSortedSet<string> Claims { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public VerdictReached? Verdict { get; init; }

    /// <summary>What stopped it early: a guard, a person, a failure; null when nothing did.</summary>
    public JournalEvent? StoppedBy { get; init; }

    /// <summary>How it stands in the words of Chaos Toolkit's journal; its status is empty until something decides about it.</summary>
    public ToolkitOutcome Toolkit { get; init; } = ToolkitOutcome.Open;

    public DateTimeOffset? LastAt { get; init; }

    public bool IsClosed => Phase == RunPhase.Closed;

    public bool HasResidue => Outstanding.Values.Any(injection => injection.Residue.Length > 0);

    public static RunState Of(IEnumerable<JournalEvent> events) => events.Aggregate(Initial, (state, entry) => state.After(entry));

    public RunState After(JournalEvent entry) => Told(entry) with
    {
        LastAt = entry.At == default ? LastAt : entry.At,
        Toolkit = Verdict is null ? Toolkit.After(entry, Plan is { FailFast: true }) : Toolkit,
    };

    /// <summary>What Chaos Toolkit's journal says of the run when it ends like this.</summary>
    public ToolkitOutcome ToolkitEnd() => Toolkit.Ended(Verdict is not null);

    // A line of an unknown type cannot get here: the reader refuses it. What changes nothing in the state is told by the last arm.
    private RunState Told(JournalEvent entry) => entry switch
    {
        RunPlanned planned => this with { Plan = planned },
        PhaseEntered entered => this with { Phase = entered.Phase },
        TargetClaimed claimed => this with { Claims = Claims.Add(claimed.Target) },
        TargetReleased released => this with { Claims = Claims.Remove(released.Target) },
        InjectionIntended e => this with { Outstanding = Outstanding.SetItem(e.Injection.Sequence, new(e.Injection, e.Preparation)) },
        InjectionInjected e => Change(e.Sequence, injection => injection with { IsInjected = true }),
        RecoveryIntended e => Change(e.Sequence, injection => injection with { IsRecovering = true }),
        RecoveryFailed e => Change(e.Sequence, injection => injection with { Residue = e.Reason }),
        InjectionRecovered e => this with { Outstanding = Outstanding.Remove(e.Sequence), Certificates = Certificates.SetItem(e.Sequence, e.Certificate) },
        VerdictReached reached => this with { Verdict = reached },
        GuardTripped or AbortRequested or RunInterrupted or RunTakenOver => this with { StoppedBy = StoppedBy ?? entry },
        // What stopped the first process does not stop the one that goes on.
        RunResumed { Choice: RunResumed.Continue } => this with { StoppedBy = null },
        RunClosed => this with { Phase = RunPhase.Closed },
        _ => this,
    };

    private RunState Change(int sequence, Func<OutstandingInjection, OutstandingInjection> change) =>
        Outstanding.TryGetValue(sequence, out var injection) ? this with { Outstanding = Outstanding.SetItem(sequence, change(injection)) } : this;
}
