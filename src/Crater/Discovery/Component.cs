using Crater.Targets;

namespace Crater.Discovery;

/// <summary>One workload in the topology.</summary>
public sealed record Component
{
    public required TargetKind Kind { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>For example <c>deployment/shop/carts</c>.</summary>
    public string Id => TargetId.Of(Kind, Namespace, Name).Value;

    /// <summary>A host, or a program on one; else it lives in a cluster.</summary>
    public bool IsOnHost => Kind is TargetKind.Host or TargetKind.Process or TargetKind.Container;

    /// <summary>Labels of the workload object.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels of its pods, by which faults select them.</summary>
    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>The selector text that finds exactly its pods, e.g. <c>app=carts</c>.</summary>
    public string Selector { get; init; } = "";

    public int Replicas { get; init; }

    public int Ready { get; init; }

    /// <summary>Its pods now; a fault can only hit one of these.</summary>
    public IReadOnlyList<PodPlace> Pods { get; init; } = [];

    public IReadOnlyList<Container> Containers { get; init; } = [];

    public Tier Tier { get; init; }

    /// <summary>Why this tier: the label, the image, the protocol, the position in the graph.</summary>
    public string TierReason { get; init; } = "";

    /// <value>0 (nobody would notice) to 1 (everything stops).</value>
    public double Criticality { get; init; }

    /// <summary>Why: explicit label or stack.yaml, entry point, fan-in, articulation point.</summary>
    public IReadOnlyList<string> CriticalityReasons { get; init; } = [];

    /// <summary>Its loss cuts the graph: everything behind it becomes unreachable from the entry points.</summary>
    public bool IsArticulationPoint { get; init; }

    /// <summary>Traffic from outside arrives here (ingress, NodePort, LoadBalancer, tier label edge).</summary>
    public bool IsEntryPoint { get; init; }

    public WorkloadPolicy Policy { get; init; } = new();
}

/// <summary>Where one pod is and how it does.</summary>
public sealed record PodPlace(string Name, string Node, string Zone, bool Ready, int Restarts)
{
    public string Uid { get; init; } = "";

    /// <summary>Bound directly by a person, without a controller that would bring it back.</summary>
    public bool IsNaked { get; init; }
}

/// <summary>One container of the pod template. No env values: names and the host parts of addresses only.</summary>
public sealed record Container
{
    public required string Name { get; init; }

    /// <summary>Repository and tag.</summary>
    public required string Image { get; init; }

    public string PullPolicy { get; init; } = "";

    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    /// <value>Unit: cores. Null when not set.</value>
    public double? CpuRequest { get; init; }

    public double? CpuLimit { get; init; }

    /// <value>Unit: bytes. Null when not set.</value>
    public double? MemoryRequest { get; init; }

    public double? MemoryLimit { get; init; }

    public double? EphemeralLimit { get; init; }

    public Probe? Readiness { get; init; }

    public Probe? Liveness { get; init; }

    public Probe? Startup { get; init; }

    public bool HasPreStop { get; init; }

    /// <summary>Names of environment variables.</summary>
    public IReadOnlyList<string> EnvNames { get; init; } = [];

    /// <summary>Host and port parts found in env values, as <c>NAME=host:port</c> without anything else of the value.</summary>
    public IReadOnlyList<string> EnvHosts { get; init; } = [];
}

public sealed record ContainerPort(string Name, int Port, string Protocol);

/// <param name="Kind">http, tcp, exec or grpc.</param>
/// <param name="Target">Path, port or command's first word, for comparing two probes.</param>
public sealed record Probe(string Kind, string Target, string Port, int PeriodSeconds, int TimeoutSeconds, int FailureThreshold, int InitialDelaySeconds);

/// <summary>What the workload's manifest says about being disturbed.</summary>
public sealed record WorkloadPolicy
{
    /// <summary>RollingUpdate, Recreate or OnDelete; empty when not given.</summary>
    public string Strategy { get; init; } = "";

    public int? GraceSeconds { get; init; }

    public bool HasPodAntiAffinity { get; init; }

    public bool HasTopologySpread { get; init; }

    public bool HostNetwork { get; init; }

    public bool HasHostPath { get; init; }

    public bool HasEmptyDir { get; init; }

    public bool HasPersistentVolume { get; init; }

    public string PriorityClass { get; init; } = "";

    public string RestartPolicy { get; init; } = "";

    /// <summary>The stateful set's governing service; empty when it has none.</summary>
    public string ServiceName { get; init; } = "";

    public int? BackoffLimit { get; init; }

    public int? ActiveDeadlineSeconds { get; init; }

    public int? TtlSecondsAfterFinished { get; init; }

    /// <summary>Facts the application itself declares by annotation <c>crater.dev/&lt;key&gt;</c>, e.g. <c>timeout: 2s</c>, <c>retries: unlimited</c>.</summary>
    public IReadOnlyDictionary<string, string> Declared { get; init; } = new Dictionary<string, string>();
}
