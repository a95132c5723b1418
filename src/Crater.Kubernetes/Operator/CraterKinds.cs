using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>What the operator reads and writes beside the cluster's own kinds, and the keys that it puts on objects.</summary>
public static class CraterKinds
{
    public const string Group = "crater.dev";
    public const string Version = "v1alpha1";

    public static readonly Resource Experiments = new(Group, Version, "experiments", "Experiment", true);
    public static readonly Resource Schedules = new(Group, Version, "schedules", "Schedule", true);
    public static readonly Resource Workflows = new(Group, Version, "workflows", "Workflow", true);

    /// <summary>ChaosMeta's Experiment, where its kind is there and the operator was told to execute it.</summary>
    public static readonly Resource ChaosMeta = new("chaosmeta.io", "v1alpha1", "experiments", "Experiment", true);

    public static readonly Resource Events = new("", "v1", "events", "Event", true);

    /// <summary>On an Experiment for as long as something of it may be in place.</summary>
    public const string Finalizer = "crater.dev/recover";

    /// <summary><c>"true"</c> keeps what has not begun from beginning, and ends a run that is under way.</summary>
    public const string PausedKey = "crater.dev/paused";

    /// <summary>Where Crater itself lives when it is installed for a whole cluster. Experiments there may hit any namespace that is not protected.</summary>
    public const string HomeSpace = "crater-system";
}
