namespace Crater.Drivers;

/// <summary>The evidence, for one injection, that its target is as it was.</summary>
public sealed record Certificate
{
    public required int Sequence { get; init; }

    public required Fingerprint Before { get; init; }

    /// <summary>Null when the target could not be read again.</summary>
    public required Fingerprint? After { get; init; }

    public required Presence Presence { get; init; }

    /// <summary>What was looked at and what was seen, in one sentence.</summary>
    public required string Evidence { get; init; }

    /// <summary>Clean only when the fault is known to be absent and the fingerprint is the one from before.</summary>
    public bool IsClean => Presence == Presence.Absent && After == Before;
}

/// <summary>A fault that may still be on its target, and the command a person can run to look.</summary>
public sealed record Residue(Injection Injection, string Reason, string InspectWith);
