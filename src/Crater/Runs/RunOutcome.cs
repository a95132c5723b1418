using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>How a run ended. Every way out of a run gives one.</summary>
public sealed record RunOutcome
{
    public required RunId Run { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>Each with the figure that decided it.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Faults that could not be proven gone. Anything here is exit code 4, whatever the verdict.</summary>
    public required IReadOnlyList<Residue> Residue { get; init; }

    public IReadOnlyList<Certificate> Certificates { get; init; } = [];

    /// <summary>What ended the method early (a guard, a person, a failure); null when nothing did.</summary>
    public JournalEvent? StoppedBy { get; init; }

    /// <summary>Why the journal could not be written to the end; empty when it was. Recovery went on without it.</summary>
    public string JournalFailure { get; init; } = "";

    /// <summary>How it ended in the words of Chaos Toolkit's journal.</summary>
    public ToolkitOutcome Toolkit { get; init; } = new(ToolkitOutcome.Aborted, Deviated: false);

    public bool IsClean => Residue.Count == 0;
}
