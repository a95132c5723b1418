using Crater.Discovery;
using Crater.Targets;

namespace Crater.Tests.Discovery;

/// <summary>Small topologies for tests.</summary>
internal static class Some
{
    public static Component Component(string name, string image = "registry.example/app:1.2", int replicas = 2) => new()
    {
        Kind = TargetKind.Deployment,
        Namespace = "shop",
        Name = name,
        Selector = $"app={name}",
        Replicas = replicas,
        PodLabels = new Dictionary<string, string> { ["app"] = name },
        Containers = [new Container { Name = "main", Image = image }],
    };

    public static ServiceEndpoint Service(string name, string type = "ClusterIP", bool headless = false) =>
        new("shop", name, type, [new ServicePort("http", 80, "http")], [Id(name)]) { Selector = $"app={name}", Headless = headless };

    public static string Id(string name) => $"deployment/shop/{name}";

    public static Dependency Edge(string from, string to) => new(Id(from), Id(to), 1, [new Evidence("traffic", "traffic: 1 requests seen")]);

    /// <summary>Components are those of the edges; <paramref name="entry"/> is behind a NodePort.</summary>
    public static Topology Topology(string entry, params (string From, string To)[] edges) => new()
    {
        Source = "test",
        Components = [.. edges.SelectMany(edge => new[] { edge.From, edge.To }).Append(entry).Distinct().Select(name => Component(name))],
        Dependencies = [.. edges.Select(edge => Edge(edge.From, edge.To))],
        Services = [Service(entry, "NodePort")],
    };
}
