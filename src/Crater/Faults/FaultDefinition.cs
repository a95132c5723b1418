using Crater.Targets;

namespace Crater.Faults;

/// <summary>How dangerous the test of a fault is for its target.</summary>
public enum RiskLevel { Low, Medium, High }

/// <summary>How an injection of a fault ends.</summary>
public enum Ending
{
    /// <summary>The mechanism disappears with the process or proxy that holds it; nothing is left to undo.</summary>
    DiesWithHolder,

    /// <summary>Something was changed and must be changed back from captured undo data.</summary>
    MustBeUndone,

    /// <summary>A moment, not a state (a kill): recovery waits until the target has healed itself.</summary>
    HealsItself,
}

/// <summary>One entry of the fault catalogue.</summary>
public sealed record FaultDefinition
{
    /// <summary>Canonical name, <c>&lt;what&gt;-&lt;how&gt;</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The family it is listed under, e.g. <c>network</c>.</summary>
    public required string Family { get; init; }

    /// <summary>One sentence: what it does to the target.</summary>
    public required string Summary { get; init; }

    public required RiskLevel Risk { get; init; }

    /// <summary>The kinds of target it can hit; the first one is the default.</summary>
    public required IReadOnlyList<TargetKind> Targets { get; init; }

    /// <summary>It hits hosts and what runs on them, and not a cluster.</summary>
    public bool IsForHosts => Targets[0] is TargetKind.Host or TargetKind.Process or TargetKind.Container;

    /// <summary>The drivers that can do it: <c>kubernetes</c>, <c>lab</c>, <c>agent</c>, <c>litmus</c>, <c>chaos-mesh</c>, <c>aws</c>.</summary>
    public required IReadOnlyList<string> Drivers { get; init; }

    /// <summary>What is really done, per driver where it differs.</summary>
    public required string Mechanism { get; init; }

    public required Ending Ending { get; init; }

    /// <summary>What "as it was" means: the state that is compared before and after.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>How it is proven that nothing is left.</summary>
    public required string ResidueCheck { get; init; }

    public IReadOnlyList<FaultParameter> Parameters { get; init; } = [];

    /// <summary>Parameters of which exactly one must be given; empty for no such rule.</summary>
    public IReadOnlyList<string> OneOf { get; init; } = [];

    /// <summary>Names from other tools that mean the same.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What the Chaos Advisor's <c>intensity</c> (0.1 to 1.0) means here: the parameter that it sets and its value at 1.0.</summary>
    public Intensity? Intensity { get; init; }

    /// <summary>The commands that would do it by hand; <c>{name}</c> stands for an argument or for <c>{target}</c>, <c>{namespace}</c>, <c>{component}</c>, <c>{node}</c>,
    /// <c>{duration}</c>; <c>{name:seconds}</c>, <c>:ms</c> and <c>:percent</c> say how it is written. <see cref="HandCommands"/> fills them.</summary>
    public required string ByHand { get; init; }

    /// <summary>The commands that would undo it by hand.</summary>
    public required string UndoByHand { get; init; }
}

/// <summary>The parameter that an intensity of 1.0 sets to <paramref name="AtOne"/>; smaller intensities scale linearly.</summary>
public sealed record Intensity(string Parameter, double AtOne, string Unit);
