using Crater.Discovery;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Risks;

/// <summary>One entry of the risk catalogue: a kind of component and a way in which it fails, with how to test it, how to prevent it and what to do when it happens.</summary>
public sealed record Risk
{
    /// <summary>Stable, e.g. <c>DB-1</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The component kind it is filed under, e.g. <c>database</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The title of the test, with <c>{target}</c> and <c>{weak}</c> for the names of what is hit and of what is tested.</summary>
    public required string Title { get; init; }

    public required string FailureMode { get; init; }

    /// <summary>Ids of the rules whose findings are evidence for it.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>The target must be of one of these tiers; empty for any.</summary>
    public IReadOnlyList<Tier> Tiers { get; init; } = [];

    /// <summary>The target must have at least this many replicas.</summary>
    /// <value>Default: 1.</value>
    public int ReplicasMin { get; init; } = 1;

    public required RiskFault Fault { get; init; }

    /// <summary>The sentence that the run tries to refute.</summary>
    public required string Hypothesis { get; init; }

    public required IReadOnlyList<RiskProbe> Probes { get; init; }

    public required IReadOnlyList<RiskGuard> Guards { get; init; }

    /// <summary>How soon after the fault everything should be as before.</summary>
    public required TimeSpan RecoveryTime { get; init; }

    public required Ending Ending { get; init; }

    /// <value>How risky the test itself is. Range: 1 (harmless) to 5 (only with everyone watching).</value>
    public required int TestRisk { get; init; }

    /// <value>How much a test of it is worth beside others. Range: above 0, at most 3. Default: 1.</value>
    public double Weight { get; init; } = 1;

    /// <summary>What the users would notice; with <c>{target}</c> and <c>{weak}</c>.</summary>
    public required string Impact { get; init; }

    public required IReadOnlyList<string> Prevention { get; init; }

    /// <summary>What to do, in order, when it happens in earnest.</summary>
    public required IReadOnlyList<string> Emergency { get; init; }

    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Whether any driver of this release can do its fault; a risk that none can is kept as knowledge and never proposed.</summary>
    public bool IsAvailable => Fault.Definition is { Drivers.Count: > 0 };
}

/// <summary>The fault that brings the failure about.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="Arguments">Values by parameter, as written.</param>
/// <param name="Duration">How long it stays in place.</param>
public sealed record RiskFault(string Name, IReadOnlyDictionary<string, string> Arguments, TimeSpan Duration)
{
    /// <summary>What on a host it hits; null where it hits something in a cluster.</summary>
    public TargetKind? On { get; init; }

    /// <summary>Null where no driver of this release can do it to such a target.</summary>
    public FaultDefinition? Definition => On is { } kind ? FaultCatalogue.Find(Name, kind) : FaultCatalogue.Variants(Name).FirstOrDefault(definition => !definition.IsForHosts);

    /// <summary>The values between which a test makes sense, by parameter, as written: smallest and largest.</summary>
    public IReadOnlyDictionary<string, (string Min, string Max)> Ranges { get; init; } = new Dictionary<string, (string, string)>();

    /// <summary>Parameter that is set to the labels of the weak component's pods, so that only its traffic is hit; empty for none.</summary>
    public string PeersFrom { get; init; } = "";
}

/// <summary>One probe of the hypothesis: a metric and the range it keeps.</summary>
/// <param name="Metric">One of <see cref="Measurements.KnownMetrics"/>.</param>
/// <param name="Of">application, target or weak.</param>
/// <param name="Lower">Smallest value that is healthy; <see cref="double.NaN"/> stands for the component's own replica count.</param>
/// <param name="Upper">Largest value that is healthy; of memory, for one pod.</param>
public sealed record RiskProbe(string Name, string Metric, string Of, double Lower, double Upper);

/// <summary>What must not happen during the test.</summary>
/// <param name="Metric">One of <see cref="Measurements.KnownMetrics"/>, for the application as its users see it.</param>
/// <param name="Above">Trips when the value is greater; null when only <paramref name="Below"/> counts.</param>
/// <param name="For">How long the breach must last.</param>
public sealed record RiskGuard(string Metric, double? Above, double? Below, TimeSpan For);
