using System.Text.Json.Serialization;

namespace Crater.Journals;

/// <summary>One measurement of one hypothesis probe.</summary>
/// <param name="When">Before, during or after the injections.</param>
/// <param name="Met">Null when the probe could not tell.</param>
/// <param name="Seen">The value that was seen, masked and shortened.</param>
public sealed record ProbeMeasured(string Probe, ProbeMoment When, bool? Met, string Seen, string Expected) : JournalEvent
{
    /// <inheritdoc cref="ActivityStarted.Place"/>
    public string Place { get; init; } = "";

    /// <summary>When the probe was asked; the event's own time is that of the answer.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>How long the probe took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The whole output as JSON text, masked; empty when the probe failed.</summary>
    public string Output { get; init; } = "";

    /// <summary>Why the probe failed, line by line; empty when it did not.</summary>
    public IReadOnlyList<string> Exception { get; init; } = [];

    /// <summary>During: no fault of Crater's was in place from the question to the answer, so that it says nothing about one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsWithoutFault { get; init; }

    internal override bool MustLast => false;
}

/// <summary>One check of the hypothesis is over: its probes were asked in order up to the first miss.</summary>
/// <param name="Met">Null when a probe failed, so that nobody can tell.</param>
public sealed record HypothesisChecked(ProbeMoment When, bool? Met) : JournalEvent
{
    internal override bool MustLast => false;
}

public enum ProbeMoment { Before, During, After }

public sealed record ActivityStarted(string Name) : JournalEvent
{
    /// <summary>Where the activity stands in the document, e.g. <c>method[2]</c>; two activities may have one name.</summary>
    public string Place { get; init; } = "";

    internal override bool MustLast => false;
}

/// <summary>One play of an activity that is tried more than once; its end tells the last one.</summary>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Met">Whether the value was what it waits for; null when it waits for none, or when the play failed.</param>
public sealed record ActivityAttempted(string Name, int Attempt, string Status, bool? Met, string Output, double Seconds) : JournalEvent
{
    /// <inheritdoc cref="ActivityStarted.Place"/>
    public string Place { get; init; } = "";

    internal override bool MustLast => false;
}

/// <param name="Status">succeeded or failed.</param>
/// <param name="Output">As JSON text, or why it failed; masked, and cut where it is too long, which it then says.</param>
public sealed record ActivityFinished(string Name, string Status, string Output, double Seconds) : JournalEvent
{
    /// <inheritdoc cref="ActivityStarted.Place"/>
    public string Place { get; init; } = "";

    /// <summary>Why it failed, line by line; empty when it succeeded.</summary>
    public IReadOnlyList<string> Exception { get; init; } = [];

    internal override bool MustLast => false;
}

/// <summary>The activity came to no end of its own, by the end of the run or by an error that ended it: nobody knows what it had done.</summary>
public sealed record ActivityCut(string Name, double Seconds) : JournalEvent
{
    /// <inheritdoc cref="ActivityStarted.Place"/>
    public string Place { get; init; } = "";

    internal override bool MustLast => false;
}

/// <summary>A control changed what stands in the journal.</summary>
/// <param name="Place">The activity's place, or <c>journal</c>, <c>experiment</c>, <c>steady_states.before</c>, <c>run</c>, <c>rollbacks</c>.</param>
/// <param name="State">What stands there from now on, as JSON text, masked.</param>
public sealed record ControlWrote(string Place, string State) : JournalEvent
{
    public const string Journal = "journal";
    public const string Experiment = "experiment";

    /// <summary>Followed by before, during or after.</summary>
    public const string StatePrefix = "steady_states.";

    internal override bool MustLast => false;
}
