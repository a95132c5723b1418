using System.Text.Json.Serialization;
using Crater.Drivers;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>What a run says about its hypothesis. Ordered: when verdicts are combined the greater one wins.</summary>
public enum Verdict
{
    /// <summary>The steady state held, before, during and after, with enough data.</summary>
    Upheld,

    /// <summary>Not enough was measured to tell, a person aborted it, or the fault never bit. Never reported as a pass.</summary>
    Inconclusive,

    /// <summary>The steady state was lost while the fault was known to be in place: a weakness has been found.</summary>
    Refuted,
}

/// <summary>The stations of a run, in order.</summary>
/// <remarks>A document without injections goes from <see cref="Playing"/> to <see cref="SteadyStateAfter"/>.</remarks>
public enum RunPhase { Planned, SteadyStateBefore, Playing, Injecting, Watching, Recovering, SteadyStateAfter, RollingBack, Closed }

/// <summary>
/// One line of <c>events.jsonl</c>: appended and synced before the act that it announces. A closed family; docs/journal-format.md
/// lists each. Unknown lines of a newer version are an error, never skipped.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(RunPlanned), "run-planned")]
[JsonDerivedType(typeof(PhaseEntered), "phase-entered")]
[JsonDerivedType(typeof(ProbeMeasured), "probe-measured")]
[JsonDerivedType(typeof(TargetClaimed), "target-claimed")]
[JsonDerivedType(typeof(TargetReleased), "target-released")]
[JsonDerivedType(typeof(InjectionIntended), "injection-intended")]
[JsonDerivedType(typeof(InjectionInjected), "injection-injected")]
[JsonDerivedType(typeof(InjectionFailed), "injection-failed")]
[JsonDerivedType(typeof(InjectionSeen), "injection-seen")]
[JsonDerivedType(typeof(ActivityStarted), "activity-started")]
[JsonDerivedType(typeof(ActivityAttempted), "activity-attempted")]
[JsonDerivedType(typeof(ActivityFinished), "activity-finished")]
[JsonDerivedType(typeof(ActivityCut), "activity-cut")]
[JsonDerivedType(typeof(HypothesisChecked), "hypothesis-checked")]
[JsonDerivedType(typeof(ControlWrote), "control-wrote")]
[JsonDerivedType(typeof(GuardTripped), "guard-tripped")]
[JsonDerivedType(typeof(GuardWatched), "guard-watched")]
[JsonDerivedType(typeof(AbortRequested), "abort-requested")]
[JsonDerivedType(typeof(RunInterrupted), "run-interrupted")]
[JsonDerivedType(typeof(RunTakenOver), "run-taken-over")]
[JsonDerivedType(typeof(RunResumed), "run-resumed")]
[JsonDerivedType(typeof(JournalMended), "journal-mended")]
[JsonDerivedType(typeof(RecoveryIntended), "recovery-intended")]
[JsonDerivedType(typeof(InjectionLifted), "injection-lifted")]
[JsonDerivedType(typeof(InjectionRecovered), "injection-recovered")]
[JsonDerivedType(typeof(RecoveryFailed), "recovery-failed")]
[JsonDerivedType(typeof(VerdictReached), "verdict-reached")]
[JsonDerivedType(typeof(RunClosed), "run-closed")]
[JsonDerivedType(typeof(FilesSealed), "files-sealed")]
public abstract record JournalEvent
{
    private protected JournalEvent() { }

    /// <summary>Counted from 1 without gaps.</summary>
    [JsonPropertyOrder(-2)]
    public long Number { get; init; }

    /// <summary>Wall clock, for people.</summary>
    [JsonPropertyOrder(-1)]
    public DateTimeOffset At { get; init; }

    /// <summary>
    /// It must survive a power cut: something depends on it that has to be undone. What plain activities do is the user's own to undo; their lines only
    /// have to survive this process.
    /// </summary>
    internal virtual bool MustLast => true;
}

/// <summary>The first line: what is going to be done, with everything that was drawn or chosen.</summary>
public sealed record RunPlanned : JournalEvent
{
    public required RunId Run { get; init; }

    public required string Title { get; init; }

    /// <summary>Version of the journal's format; a reader refuses a newer one.</summary>
    public required int Format { get; init; }

    /// <summary>The seed by which targets were drawn, and, since a seed alone does not repeat across runtimes, the injections themselves.</summary>
    public required int Seed { get; init; }

    public required IReadOnlyList<Injection> Injections { get; init; }

    /// <summary>SHA-256 of experiment.yaml (or .json) and topology.json in the run folder, by file name.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    /// <summary>Who started it: user@host.</summary>
    public string StartedBy { get; init; } = "";

    /// <summary>craterctl's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>The kubeconfig context or other place that it runs against.</summary>
    public string Against { get; init; } = "";

    /// <summary>How the document is played.</summary>
    public HypothesisStrategy Hypothesis { get; init; }

    public RollbackStrategy Rollbacks { get; init; }

    /// <summary>Null plays everything.</summary>
    public DryStrategy? Dry { get; init; }

    /// <summary>Wait between two checks of a hypothesis that is checked beside the method.</summary>
    public TimeSpan Frequency { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first miss beside the method ends it.</summary>
    public bool FailFast { get; init; }

    /// <summary>Where journal.json is written beside the run folder; empty for nowhere else.</summary>
    public string JournalPath { get; init; } = "";
}

public sealed record PhaseEntered(RunPhase Phase) : JournalEvent
{
    internal override bool MustLast => false;
}

public sealed record TargetClaimed(string Target) : JournalEvent;

public sealed record TargetReleased(string Target) : JournalEvent;

/// <summary>Written and synced before the driver is asked to act.</summary>
public sealed record InjectionIntended(Injection Injection, Preparation Preparation, string Driver) : JournalEvent;

/// <param name="Mechanism">What the driver really did.</param>
public sealed record InjectionInjected(int Sequence, string Mechanism) : JournalEvent;

/// <summary>The driver said no or did not answer; the fault may be there all the same, so it is recovered like any other.</summary>
public sealed record InjectionFailed(int Sequence, string Reason) : JournalEvent;

/// <summary>A look at the target while the fault should be in place.</summary>
public sealed record InjectionSeen(int Sequence, Presence Presence, string Evidence) : JournalEvent
{
    /// <summary>The fingerprint at that moment; null when it could not be read.</summary>
    public Fingerprint? Now { get; init; }

    /// <inheritdoc cref="Inspection.HasLeftItsMark"/>
    public bool HasLeftItsMark { get; init; }
}

/// <param name="Value">The value that tripped it; null when it was blind.</param>
/// <param name="IsBlind">Unknown, stale or NaN: the run stops, and the verdict cannot be better than inconclusive.</param>
public sealed record GuardTripped(string Guard, string Reason, double? Value, bool IsBlind) : JournalEvent;

/// <summary>What one guard saw while it watched; written when it stops watching.</summary>
/// <param name="Readings">Fresh readings while a fault was in place.</param>
/// <param name="Lowest">Null when there was no fresh reading.</param>
public sealed record GuardWatched(string Guard, long Readings, double? Lowest, double? Highest) : JournalEvent;

/// <param name="By">A person (user@host), a signal, a control or an activity.</param>
public sealed record AbortRequested(string By, string Reason) : JournalEvent
{
    /// <summary>Nothing of the document's own was waited for or rolled back from here on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsUngraceful { get; init; }
}

/// <summary>The run could not go on: a call failed, a claim was refused, a program error.</summary>
/// <param name="Code">The error's code; empty when it had none.</param>
public sealed record RunInterrupted(string Code, string Reason) : JournalEvent;

/// <summary>The process that began the run is gone; this one finishes it.</summary>
/// <param name="By">user@host and the process id.</param>
public sealed record RunTakenOver(string By) : JournalEvent;

/// <summary>The run is gone on with by a process that took it over.</summary>
/// <param name="Choice">rollbacks or continue.</param>
/// <param name="From">The place of the first activity that is played now; empty for none.</param>
/// <param name="Cut">Places of activities that were under way when the process died; nobody knows what they had done.</param>
public sealed record RunResumed(string Choice, string From, IReadOnlyList<string> Cut) : JournalEvent
{
    public const string Rollbacks = "rollbacks";
    public const string Continue = "continue";
}

/// <summary>The last line had been cut by a crash and was taken off. Its act had not begun, because an act waits for its line.</summary>
/// <param name="BytesCut">Length of what was taken off.</param>
public sealed record JournalMended(long BytesCut) : JournalEvent;

public sealed record RecoveryIntended(int Sequence) : JournalEvent;

/// <summary>The driver carried the removal out; whether the target is as it was, the certificate says.</summary>
public sealed record InjectionLifted(int Sequence) : JournalEvent;

public sealed record InjectionRecovered(int Sequence, Certificate Certificate) : JournalEvent;

/// <summary>The loudest line of all: this fault may still be there.</summary>
public sealed record RecoveryFailed(int Sequence, string Reason, string InspectWith) : JournalEvent;

/// <param name="Reasons">Each with the figure that decided it.</param>
public sealed record VerdictReached(Verdict Verdict, IReadOnlyList<string> Reasons) : JournalEvent;

/// <summary>Only written when nothing is left.</summary>
/// <param name="Files">SHA-256 of the files written since the plan, by name.</param>
public sealed record RunClosed(IReadOnlyDictionary<string, string> Files) : JournalEvent;

/// <summary>Files that were made from the finished run, for example the report.</summary>
public sealed record FilesSealed(IReadOnlyDictionary<string, string> Files) : JournalEvent;
