namespace Crater.Risks;

/// <summary>One thing to look for in a topology.</summary>
/// <param name="Id">Stable, <c>WK-…</c>.</param>
/// <param name="Version">Rises when the rule answers differently for the same topology.</param>
/// <param name="Title">The weakness in one line, as it is printed.</param>
/// <param name="Severity">Unless the observation says otherwise.</param>
/// <param name="Reads">Plural resources it reads; where the topology is blind for one of them its answer is unknown.</param>
/// <param name="Suggests">Ids of risks in the catalogue.</param>
/// <param name="Look">What it sees. Pure: the same topology gives the same observations in the same order.</param>
public sealed record Rule(
    string Id,
    int Version,
    string Title,
    Severity Severity,
    IReadOnlyList<string> Reads,
    IReadOnlyList<string> Suggests,
    Func<TopologyIndex, IEnumerable<Observation>> Look)
{
    /// <summary>A violation means that something is plainly broken and must be mended before tests.</summary>
    public bool FixFirst { get; init; }
}

/// <summary>What a rule saw at one object.</summary>
/// <param name="Component">Component id; empty for an object that belongs to none.</param>
/// <param name="Object">Object path.</param>
/// <param name="Observed">What stands there.</param>
public sealed record Observation(string Component, string Object, string Observed, Answer Answer)
{
    /// <summary>Null takes the rule's.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Empty means the component itself.</summary>
    public IReadOnlyList<string> Hits { get; init; } = [];

    /// <summary>Empty takes the rule's.</summary>
    public IReadOnlyList<string> Suggests { get; init; } = [];

    /// <summary>The namespace that the object lives in, for deciding whether we were blind there.</summary>
    public string Namespace => Object.Split(' ')[0].Split('/') is [_, var space, ..] ? space : "";
}
