namespace Crater.Reports.Causes;

/// <summary>What a narrative comes to.</summary>
public enum Conclusion
{
    /// <summary>No fault was put in place.</summary>
    NothingTested,

    /// <summary>What was measured does not allow a statement. A full answer, not a failure.</summary>
    NotEnoughEvidence,

    /// <summary>Nothing was lost, so there is nothing to explain.</summary>
    NoHarm,

    /// <summary>Something was lost, and no weakness that is known explains it.</summary>
    Unexplained,

    /// <summary>A weakness of the system explains it.</summary>
    Weakness,
}

public enum Confidence { Low, Medium, High }

/// <summary>The places of a narrative that sentences go to.</summary>
public enum Part { Observed, Cause, Confidence, Prevention, Settle }

/// <summary>One sentence or two. Figures and names stand in it as <c>{fact-id}</c>; code fills them in.</summary>
/// <param name="Cites">Ids of the facts that it rests on.</param>
public sealed record Statement(Part Part, string Text, IReadOnlyList<string> Cites);

/// <summary>
/// Why a run went as it did, in sentences that cite facts. Rules write one from every run folder; a model may write one that is kept in the folder. Both go through <see cref="NarrativeCheck"/>
/// before anyone reads them.
/// </summary>
public sealed record Narrative
{
    public required Conclusion Conclusion { get; init; }

    /// <summary>Id of the fact that names the weakness; empty unless there is one.</summary>
    public string Weakness { get; init; } = "";

    public required Confidence Confidence { get; init; }

    public required IReadOnlyList<Statement> Statements { get; init; }

    /// <summary>Provider and model whose words these are; empty for rules.</summary>
    public string Model { get; init; } = "";

    /// <summary>Which prompt was used: the beginning of its SHA-256; empty for rules.</summary>
    public string Prompt { get; init; } = "";
}
