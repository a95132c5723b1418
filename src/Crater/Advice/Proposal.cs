using Crater.Faults;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>An experiment that the advisor suggests, with its reason. It names only targets that exist in the topology.</summary>
public sealed record Proposal
{
    /// <summary>Stable for the same risk and target, e.g. <c>DB-1:deployment/shop/orders-db</c>.</summary>
    public required string Id { get; init; }

    /// <summary>File name without extension: letters, digits and hyphens.</summary>
    public required string Slug { get; init; }

    public required string Title { get; init; }

    /// <summary>Why it is worth doing, in one or two sentences.</summary>
    public required string Reason { get; init; }

    /// <summary>Ids of the findings that it rests on, the weightiest first.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    public required string ExpectedImpact { get; init; }

    public required PredictedBlastRadius BlastRadius { get; init; }

    public required RiskLevel RiskLevel { get; init; }

    public required Risk Risk { get; init; }

    /// <summary>The component that is hit.</summary>
    public required string Component { get; init; }

    /// <summary>The component whose weakness is tested; the same, or one that depends on it.</summary>
    public required string Weak { get; init; }

    /// <summary>The fault with all its arguments.</summary>
    public required Fault Fault { get; init; }

    public required TargetSelector Target { get; init; }

    public required TimeSpan Duration { get; init; }

    public required double Score { get; init; }

    /// <summary>The complete experiment, as it is saved.</summary>
    public required string Document { get; init; }

    /// <summary>The commands that would do and undo it by hand.</summary>
    public required ByHand ByHand { get; init; }

    /// <summary>How sure the chooser is: low, medium or high; empty from rules, whose order says it.</summary>
    public string Confidence { get; init; } = "";

    /// <summary>Made of a real fault and a real target, but not from the catalogue of risks: nobody has thought about this pair before.</summary>
    public bool IsFreeForm { get; init; }

    /// <summary>Who made it.</summary>
    public string Source { get; init; } = "rules";
}

/// <summary>What a fault at one component is expected to reach.</summary>
/// <param name="Targets">The component that is hit; for a node, every component with a pod on it.</param>
/// <param name="Direct">Ids of the components that depend on a target directly.</param>
/// <param name="Transitive">Ids of those that depend on one through others, up to the entry points.</param>
/// <param name="EntryRoutes">The ways in on which a target lies.</param>
/// <param name="EntryRouteShare">Their share of all ways in, 0 to 1; 0 when no way in is known.</param>
public sealed record PredictedBlastRadius(
    IReadOnlyList<string> Targets, IReadOnlyList<string> Direct, IReadOnlyList<string> Transitive, IReadOnlyList<string> EntryRoutes, double EntryRouteShare)
{
    /// <summary>All components it may reach, nearest first.</summary>
    public IReadOnlyList<string> Components => [.. Targets, .. Direct, .. Transitive];
}

/// <param name="Do">Commands, in order.</param>
/// <param name="Undo">Commands, in order.</param>
public sealed record ByHand(IReadOnlyList<string> Do, IReadOnlyList<string> Undo);
