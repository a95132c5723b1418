namespace Crater.Discovery;

/// <summary>The graph of discovered components and their dependencies, as it was seen at one moment. Holds no secret and no env value.</summary>
public sealed record Topology
{
    /// <summary>Where it comes from, e.g. the kubeconfig context; for people.</summary>
    public required string Source { get; init; }

    /// <summary>The server's version, e.g. <c>v1.32.4</c>; empty when it would not say.</summary>
    public string Version { get; init; } = "";

    public required IReadOnlyList<Component> Components { get; init; }

    public IReadOnlyList<Dependency> Dependencies { get; init; } = [];

    public IReadOnlyList<ServiceEndpoint> Services { get; init; } = [];

    public IReadOnlyList<Node> Nodes { get; init; } = [];

    public IReadOnlyList<IngressRoute> Ingresses { get; init; } = [];

    public IReadOnlyList<DisruptionBudget> DisruptionBudgets { get; init; } = [];

    public IReadOnlyList<Autoscaler> Autoscalers { get; init; } = [];

    /// <summary>What could not be seen and why, e.g. <c>policy/v1 poddisruptionbudgets: forbidden</c>. Rules that need it answer unknown.</summary>
    public IReadOnlyList<Blindness> Unknown { get; init; } = [];

    /// <summary>Things worth telling the user that are not errors, e.g. a merged duplicate key of stack.yaml.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A kind of object that could not be read.</summary>
/// <param name="Resource">Plural resource, e.g. <c>poddisruptionbudgets</c>.</param>
/// <param name="Namespace">Empty for all namespaces.</param>
public sealed record Blindness(string Resource, string Namespace, string Reason);

/// <summary>Where in the application a component sits.</summary>
public enum Tier { Unknown, Edge, Frontend, Backend, Data, Queue, Worker }

/// <summary>One directed edge: <paramref name="From"/> depends on <paramref name="To"/>.</summary>
/// <param name="From">Component id.</param>
/// <param name="To">Component id.</param>
/// <param name="Confidence">0 to 1: observed traffic 1.0, stack.yaml 1.0, env reference 0.8, ingress route 0.9, name guess never.</param>
/// <param name="Evidence">Each thing that says so, e.g. <c>env CARTS_SERVICE_HOST</c> or <c>traffic 1234 requests</c>.</param>
public sealed record Dependency(string From, string To, double Confidence, IReadOnlyList<Evidence> Evidence)
{
    /// <summary>Calls seen on the edge, where traffic was observed.</summary>
    public EdgeTraffic? Traffic { get; init; }
}

/// <param name="Kind">traffic, env, ingress, selector, stack.</param>
public sealed record Evidence(string Kind, string Text);

/// <param name="Requests">Calls seen.</param>
/// <param name="Errors">Calls with a 5xx or without an answer.</param>
/// <param name="LatencyP95">95th percentile of the latency.</param>
public sealed record EdgeTraffic(long Requests, long Errors, TimeSpan LatencyP95);

/// <param name="Name">Node name.</param>
/// <param name="Zone">From <c>topology.kubernetes.io/zone</c>; empty when unlabelled.</param>
public sealed record Node(string Name, string Zone, bool Ready, bool Unschedulable, IReadOnlyDictionary<string, string> Labels)
{
    public IReadOnlyList<string> Taints { get; init; } = [];
}

/// <param name="Backends">Ids of the components that its selector reaches.</param>
public sealed record ServiceEndpoint(string Namespace, string Name, string Type, IReadOnlyList<ServicePort> Ports, IReadOnlyList<string> Backends)
{
    /// <summary>The selector as text; empty for a service without one.</summary>
    public string Selector { get; init; } = "";

    public bool Headless { get; init; }
}

public sealed record ServicePort(string Name, int Port, string TargetPort);

/// <param name="Service">Service name in the same namespace.</param>
/// <param name="Component">Id of the component behind it; empty when the service leads nowhere.</param>
public sealed record IngressRoute(string Namespace, string Name, string Host, string Path, string Service, string Component);

/// <param name="Components">Ids of the components whose pods it covers.</param>
/// <param name="DisruptionsAllowed">As its status says; null when the status is not there yet.</param>
public sealed record DisruptionBudget(
    string Namespace, string Name, string MinAvailable, string MaxUnavailable, int? DisruptionsAllowed, IReadOnlyList<string> Components);

/// <param name="Component">Id of the scaled component; empty when its target does not exist.</param>
public sealed record Autoscaler(string Namespace, string Name, string Component, int Min, int Max);
