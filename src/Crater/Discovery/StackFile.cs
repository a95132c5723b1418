using Crater.Diagnostics;
using Crater.Targets;

namespace Crater.Discovery;

/// <summary>
/// <c>stack.yaml</c>: what people know about their system beyond what can be seen. Never required; where it differs from what
/// discovery found, it wins and is named as the evidence.
/// </summary>
public sealed record StackFile
{
    /// <summary>The name looked for in the working directory.</summary>
    public const string DefaultName = "stack.yaml";

    public required string Path { get; init; }

    /// <summary>Kubeconfig file; empty when not given. A leading <c>~/</c> has become the home folder.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>Kubeconfig context; empty when not given.</summary>
    public string Context { get; init; } = "";

    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>It has a <c>k8s</c> section.</summary>
    public bool NamesCluster { get; init; }

    /// <summary>Hosts whose craterd can be asked.</summary>
    public IReadOnlyList<StackHost> Hosts { get; init; } = [];

    public IReadOnlyList<StackService> TargetServices { get; init; } = [];

    /// <summary>Empty when not given.</summary>
    public string PrometheusUrl { get; init; } = "";

    public string GrafanaUrl { get; init; } = "";

    public StackExperiments Experiments { get; init; } = new();

    /// <summary>The namespace of Litmus' objects for targets that live in none; empty when not given.</summary>
    public string LitmusNamespace { get; init; } = "";

    /// <summary>The image of agent pods; empty for the usual one.</summary>
    public string AgentImage { get; init; } = "";

    /// <summary>Where agent pods run; empty for the usual namespace.</summary>
    public string AgentNamespace { get; init; } = "";

    /// <summary>Agents are only pods of a DaemonSet that somebody keeps; none is started for a run. Default: no.</summary>
    public bool AgentsAreDaemonSet { get; init; }

    /// <summary>The service account that Litmus runs its experiments with; empty when not given.</summary>
    public string LitmusAccount { get; init; } = "";

    /// <summary>The Slack channel; empty when not given. Tokens belong into the environment and are never kept.</summary>
    public string SlackChannel { get; init; } = "";

    /// <value>Default: <c>experiments</c>.</value>
    public string ExperimentsFolder { get; init; } = "experiments";

    /// <value>Default: <c>reports</c>.</value>
    public string ReportsFolder { get; init; } = "reports";

    /// <summary>Whether and how a model may be asked; null when the file says nothing about it.</summary>
    public StackModels? Models { get; init; }

    /// <summary>Merged keys, unknown keys and the like; to be shown, and stopping nothing.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>Reads the file given, else the one in the working directory; null when there is none and none was asked for.</summary>
    /// <param name="path">Null or empty for the working directory's.</param>
    /// <exception cref="CraterException">The file that was asked for is not there (CRT1001), or the file is no stack.yaml (CRT9001, CRT9002, CRT11xx).</exception>
    public static StackFile? Find(string? path, string workingDirectory)
    {
        var given = !string.IsNullOrEmpty(path);
        var full = System.IO.Path.GetFullPath(given ? path! : DefaultName, workingDirectory);
        return given || File.Exists(full) ? StackReader.ReadFile(full) : null;
    }
}

/// <summary>One of the services that experiments are for.</summary>
public sealed record StackService
{
    public required string Name { get; init; }

    /// <summary>Empty for any.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Kind of the workload; null for any.</summary>
    public TargetKind? Type { get; init; }

    /// <summary>Null when not said.</summary>
    public bool? Critical { get; init; }

    /// <summary>Unknown when not said.</summary>
    public Tier Tier { get; init; }

    /// <summary>Names of what it calls, as <c>name</c>, <c>namespace/name</c> or a component id.</summary>
    public IReadOnlyList<string> Dependencies { get; init; } = [];
}

/// <summary>Defaults for experiments that do not say otherwise. Null or empty where not given.</summary>
public sealed record StackExperiments
{
    public TimeSpan? Duration { get; init; }

    public TimeSpan? DurationMax { get; init; }

    /// <summary>A run that changes objects of a cluster must not begin unless somebody is there who restores them when its process dies. Default: false.</summary>
    public bool RequireKeeper { get; init; }

    /// <summary>The driver that does faults where neither document nor command line say; empty for the catalogue's choice.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Drivers that no run may use.</summary>
    public IReadOnlyList<string> ForbiddenDrivers { get; init; } = [];

    /// <summary>Limits by metric name, in the metric's own unit (ratios 0 to 1, latencies in seconds).</summary>
    public IReadOnlyDictionary<string, double> AbortThresholds { get; init; } = new Dictionary<string, double>();
}
