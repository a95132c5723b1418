namespace Crater.Targets;

/// <summary>What kinds of thing a fault can hit.</summary>
public enum TargetKind { Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, Node, Service, Namespace, ConfigMap, Secret, HorizontalPodAutoscaler, Process, Host, Container }

/// <summary>Names one target, for example <c>pod/shop/carts-7c9f</c>, <c>deployment/shop/carts</c> or <c>node/node1</c>.</summary>
public readonly record struct TargetId(string Value)
{
    public static TargetId Of(TargetKind kind, string? space, string name) =>
        new(string.IsNullOrEmpty(space) ? $"{Text(kind)}/{name}" : $"{Text(kind)}/{space}/{name}");

    /// <summary>The kind as it is written in ids and documents: lower case, no separator.</summary>
    public static string Text(TargetKind kind) => kind.ToString().ToLowerInvariant();

    public override string ToString() => Value;
}

/// <summary>One thing that can be hit, as it was seen when the run was planned.</summary>
public sealed record Target
{
    public required TargetKind Kind { get; init; }

    /// <summary>Empty for what lives in no namespace (nodes, hosts).</summary>
    public string Namespace { get; init; } = "";

    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The id of the component it belongs to, e.g. <c>deployment/shop/carts</c>; empty when it has no owner.</summary>
    public string Component { get; init; } = "";

    /// <summary>The identity that tells it from a later thing of the same name: a Kubernetes uid, a process start time.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The node it runs on; empty where that has no meaning.</summary>
    public string Node { get; init; } = "";

    public TargetId Id => TargetId.Of(Kind, Namespace, Name);
}
