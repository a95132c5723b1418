using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>Where an Experiment stands.</summary>
public enum ExperimentPhase
{
    /// <summary>Nothing of it has begun.</summary>
    Pending,

    /// <summary>Its run is under way; a fault may be in place.</summary>
    Running,

    /// <summary>The operator that ran it is gone; what it left is being taken off.</summary>
    Recovering,

    /// <summary>The run came to its end, and everything is as it was. The verdict says how it ended.</summary>
    Completed,

    /// <summary>Ended early by a person, a deadline or the end of its operator; everything is as it was.</summary>
    Aborted,

    /// <summary>It could not be run; everything is as it was.</summary>
    Failed,

    /// <summary>The object says something that cannot be run, and says what.</summary>
    Invalid,

    /// <summary>A fault may still be in place. What, where, and how to look stands in <c>status.residue</c>.</summary>
    Quarantined,
}

/// <summary>An Experiment object as the operator reads it.</summary>
internal sealed record ExperimentView(JsonObject Object)
{
    public ObjectKey Key => new(Object.Namespace(), Object.Name());

    public string Uid => Object.Uid();

    public JsonObject? Document => Object.At("spec", "document") as JsonObject;

    public bool IsPaused => Object.Annotation(CraterKinds.PausedKey) == "true";

    public bool IsToAbort => Object.Flag("spec", "abort");

    public bool IsGoing => Object.IsTerminating();

    public bool HasFinalizer => Object.Texts("metadata", "finalizers").Contains(CraterKinds.Finalizer);

    public ExperimentPhase Phase => Enum.TryParse<ExperimentPhase>(Object.Text("status", "phase"), out var phase) ? phase : ExperimentPhase.Pending;

    public bool IsOver => Phase is ExperimentPhase.Completed or ExperimentPhase.Aborted or ExperimentPhase.Failed or ExperimentPhase.Invalid or ExperimentPhase.Quarantined;

    /// <summary>Whether it was refused before anything of it began, and its spec was changed since: what is asked now nobody has looked at.</summary>
    public bool IsMended => Phase is ExperimentPhase.Invalid or ExperimentPhase.Failed && Run is null && Object.Integer("status", "observedGeneration") < Object.Integer("metadata", "generation");

    /// <summary>The run that was begun for it; null when none was.</summary>
    public RunId? Run => RunId.TryParse(Object.Text("status", "run"), out var run) ? run : Intent?.Run;

    /// <summary>Whether the status tells of the run already.</summary>
    public bool IsToldBegun => Object.Text("status", "run").Length > 0;

    /// <summary>Which installation began it.</summary>
    public string Operator => Object.Text("status", "operator") is { Length: > 0 } told ? told : Intent?.Operator ?? "";

    /// <summary>Which process of the installation.</summary>
    public string Process => Object.Text("status", "holder") is { Length: > 0 } told ? told : Intent?.Process ?? "";

    private Intent? Intent => Intent.Parse(Object.Annotation(Intent.Key), Uid);

    /// <summary>Null for none.</summary>
    public DateTimeOffset? Deadline => Durations.TryParse(Object.Text("spec", "deadline"), out var after) && Moment("metadata", "creationTimestamp") is { } created ? created + after : null;

    public DateTimeOffset? Moment(params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(Object.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}
