namespace Crater.Advice;

/// <summary>What is asked of the advisor.</summary>
public sealed record AdviceOptions
{
    /// <value>How many proposals are wanted at most. Range: 1 to 100. Default: 3.</value>
    public int Count { get; init; } = 3;

    /// <summary>Only targets of this namespace; empty for all.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>What was tested before, newest or oldest first; what was tested lately ranks lower.</summary>
    public IReadOnlyList<PastRun> History { get; init; } = [];

    /// <summary>The drivers at hand; a fault that none of them does is not proposed. Default: <c>kubernetes</c> and <c>lab</c>.</summary>
    public IReadOnlyList<string> Drivers { get; init; } = ["kubernetes", "lab"];

    /// <summary>The address users come in by. Given, it is probed by each experiment; empty, the load's metrics alone decide.</summary>
    public string EntryUrl { get; init; } = "";

    /// <summary>
    /// Error rates and latencies of single components can be read, as with Prometheus, or from pages of metrics that pods have. Then an experiment measures at the component that it is about;
    /// else at the way in, where others on the way may hide what it does.
    /// </summary>
    /// <value>Default: false. An experiment that asks for what nobody measures would not begin.</value>
    public bool ComponentMetrics { get; init; }

    /// <summary>Overrides how long faults stay in place; null takes the risk's own.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>A run of the past, as plain data.</summary>
/// <param name="Component">Id of the component that was hit.</param>
/// <param name="Fault">Canonical name.</param>
/// <param name="Verdict">upheld, refuted or inconclusive.</param>
/// <param name="Age">How long ago it ended.</param>
public sealed record PastRun(string Component, string Fault, string Verdict, TimeSpan Age);
