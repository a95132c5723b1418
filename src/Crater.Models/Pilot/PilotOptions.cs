namespace Crater.Models.Pilot;

/// <summary>Who says yes before something is put in place.</summary>
public enum Approval
{
    /// <summary>A person, each time.</summary>
    Each,

    /// <summary>The policy, for tests that are not risky and while nothing free was read; else a person.</summary>
    Policy,

    /// <summary>Nobody: plans are made and nothing is started.</summary>
    Never,
}

/// <summary>What a session may do, whoever drives it.</summary>
public sealed record PilotOptions
{
    public required Objective Objective { get; init; }

    /// <value>Default: a person, each time.</value>
    public Approval Approval { get; init; }

    /// <summary>The riskiest test that may be done at all.</summary>
    /// <value>Range: 1 (harmless) to 5 (only with everyone watching). Default: 4.</value>
    public int RiskMax { get; init; } = 4;

    /// <summary>The riskiest one that the policy may approve by itself.</summary>
    /// <value>Range: 1 to 5. Default: 3.</value>
    public int RiskUnattendedMax { get; init; } = 3;

    /// <summary>The longest a single fault may be in place.</summary>
    /// <value>Default: 2 min.</value>
    public TimeSpan FaultMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Quiet time after a recovery, before the next fault.</summary>
    /// <value>Default: 5 s.</value>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most users that a route may be stressed with, where the objective does not say.</summary>
    /// <value>Default: 1,000.</value>
    public int UsersMax { get; init; } = 1_000;

    /// <summary>Namespaces that may be hit; empty for all but the cluster's own.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>The routes that may be stressed, by the numbers under which they are told, from 1.</summary>
    public IReadOnlyList<Uri> Routes { get; init; } = [];

    /// <summary>Null for none.</summary>
    public Uri? AvailabilityRoute { get; init; }

    /// <summary>No name of a component or namespace is told.</summary>
    public bool Anonymise { get; init; }
}
