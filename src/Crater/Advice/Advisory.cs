using Crater.Risks;

namespace Crater.Advice;

/// <summary>What the advisor has to say about a topology.</summary>
public sealed record Advisory
{
    /// <summary>Where the topology came from.</summary>
    public required string Source { get; init; }

    /// <summary>Every answer of every rule.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Best first.</summary>
    public required IReadOnlyList<Proposal> Proposals { get; init; }

    /// <summary>Who chose them.</summary>
    public AdviceOrigin Origin { get; init; } = AdviceOrigin.Rules;

    /// <summary>What the chooser says about the whole, in a sentence or two; empty from rules.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Every candidate with its score, best first, and why it was not proposed; for those who want to know.</summary>
    public required IReadOnlyList<Considered> Considered { get; init; }
}

/// <param name="Candidate">Stable id: risk and target.</param>
/// <param name="Score">Higher is better; only the order has a meaning.</param>
/// <param name="Outcome">proposed, or why not.</param>
public sealed record Considered(string Candidate, double Score, string Outcome);
