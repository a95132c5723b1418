using Crater.Discovery;
using Crater.Experiments;
using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports;

/// <summary>Everything that a run folder holds, read; a report is a function of this and nothing else.</summary>
public sealed record RunEvidence
{
    public required IReadOnlyList<JournalEvent> Events { get; init; }

    /// <summary>Null when the document could not be read any more; the report says so.</summary>
    public Experiment? Experiment { get; init; }

    /// <summary>The document as it was, and the file it stands in.</summary>
    public string ExperimentText { get; init; } = "";

    public string ExperimentFile { get; init; } = "experiment.yaml";

    /// <summary>Null when the run has no topology.</summary>
    public Topology? Topology { get; init; }

    public IReadOnlyList<MetricRow> Metrics { get; init; } = [];

    /// <summary>What was missing or unreadable in the folder, one sentence each.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    public RunPlanned Plan => Events.OfType<RunPlanned>().First();
}
