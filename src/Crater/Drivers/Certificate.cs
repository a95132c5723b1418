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

    /// <summary>Where the fault was that nobody of ours looked, with who says instead that it is off; empty when everything was looked at.</summary>
    public string Unseen { get; init; } = "";

    /// <summary>Clean only when the fault is known to be absent, the fingerprint is the one from before, and everything that the fault touched was looked at.</summary>
    public bool IsClean => IsAsBefore && Unseen.Length == 0;

    /// <summary>As clean as can be seen from here; for the rest there is only the word of the engine that put the fault on. Less than clean, and no residue.</summary>
    public bool IsAttested => IsAsBefore && Unseen.Length > 0;

    private bool IsAsBefore => Presence == Presence.Absent && After == Before;
}

/// <summary>A fault that may still be on its target, and the command a person can run to look.</summary>
public sealed record Residue(Injection Injection, string Reason, string InspectWith);
