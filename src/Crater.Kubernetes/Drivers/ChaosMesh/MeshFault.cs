using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.ChaosMesh;

/// <summary>How Chaos Mesh says one of our faults. Keys are paths below <c>spec</c>.</summary>
public sealed record MeshFault : EngineFault
{
    public const string Version = "v1alpha1";

    /// <summary>For example <c>NetworkChaos</c>.</summary>
    public required string Object { get; init; }

    /// <summary>Its action; empty where the kind has none.</summary>
    public string Action { get; init; } = "";

    /// <summary>A moment: it ignores its duration and stays <c>Injected</c> until it is deleted.</summary>
    public bool IsOnce { get; init; }

    /// <summary>It hits one container, which has to be named: the first one unless the fault says another.</summary>
    public bool NamesContainer { get; init; }

    /// <summary>It hits one port, which has to be named: the only one that the pod declares.</summary>
    public bool NamesPort { get; init; }

    /// <summary>What per-pod object lists every rule that is on a pod; empty for kinds that have none.</summary>
    public string Ledger { get; init; } = "";

    public override string Name => Action.Length > 0 ? $"{Object} {Action}" : Object;

    internal Resource Resource => Of(Object);

    internal static Resource Of(string kind) => new("chaos-mesh.org", Version, kind.ToLowerInvariant(), kind, true);
}
