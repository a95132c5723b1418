using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Measurements;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>Everything outside that a run works through.</summary>
public sealed record RunSeams
{
    public required IJournal Journal { get; init; }

    public required IReadOnlyList<IDriver> Drivers { get; init; }

    public required IClaims Claims { get; init; }

    public required IActivities Activities { get; init; }

    /// <summary>Whether a hypothesis probe's value is within its tolerance; null when that cannot be told.</summary>
    public required Func<Activity, ActivityResult, ActivityContext, CancellationToken, Task<bool?>> Judge { get; init; }

    /// <summary>Asked in this order by guards; the first that knows the metric answers.</summary>
    public IReadOnlyList<IMetricSource> Sources { get; init; } = [];

    /// <summary>How the document is played.</summary>
    public RunManner Manner { get; init; } = new();

    public IControls Controls { get; init; } = NoControls.Instance;

    public required TimeProvider Clock { get; init; }

    /// <summary>Told of every event when it is written.</summary>
    public IProgress<JournalEvent>? Progress { get; init; }

    /// <summary>Writes what belongs to the run folder before the run is closed, and gives the files' SHA-256 by name; null for none.</summary>
    public Func<IReadOnlyList<JournalEvent>, Task<IReadOnlyDictionary<string, string>>>? SealFiles { get; init; }

    /// <summary>Description of the operating system, for journal.json.</summary>
    public string Platform { get; init; } = System.Runtime.InteropServices.RuntimeInformation.OSDescription;
}
