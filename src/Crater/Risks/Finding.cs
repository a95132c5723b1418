namespace Crater.Risks;

/// <summary>What a rule says about one object. Not knowing is an answer of its own, never a pass.</summary>
public enum Answer { Violated, Satisfied, Unknown }

/// <summary>How much a weakness would hurt if it were hit.</summary>
public enum Severity { Low, Medium, High }

/// <summary>A weakness that was seen, or seen to be absent, or could not be seen.</summary>
public sealed record Finding
{
    /// <summary>For example <c>WK-READY</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Rises when the rule changes what it answers, so that old findings can be told from new ones.</summary>
    public required int Version { get; init; }

    /// <summary>The component it is about; empty for a finding about the whole topology.</summary>
    public required string Component { get; init; }

    /// <summary>What was looked at, e.g. <c>deployment/shop/carts spec.template.spec.containers[0].readinessProbe</c>.</summary>
    public required string Object { get; init; }

    /// <summary>What was seen there, in a few words.</summary>
    public required string Observed { get; init; }

    public required Answer Answer { get; init; }

    public required Severity Severity { get; init; }

    /// <summary>Ids of the risks that a test of it would be about.</summary>
    public IReadOnlyList<string> Suggests { get; init; } = [];

    /// <summary>It is plainly broken: mend it before anything is tested on this component.</summary>
    public bool FixFirst { get; init; }

    /// <summary>Unknown because the cluster would not show it, not because nobody declared it.</summary>
    public bool Blind { get; init; }

    /// <summary>Ids of the components that a test disturbs, best first: the component itself, or the dependency at which the weakness shows.</summary>
    public IReadOnlyList<string> Hits { get; init; } = [];

    /// <summary>Stable: the rule and the object.</summary>
    public string Id => $"{Rule}:{Object}";
}
