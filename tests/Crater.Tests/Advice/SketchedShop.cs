using Crater.Discovery;
using Crater.Targets;

namespace Crater.Tests.Advice;

/// <summary>A small shop by hand, healthy in every respect that rules know; tests change the one thing that they are about.</summary>
internal static class SketchedShop
{
    public static Component Web(string name, int replicas = 2) => new()
    {
        Kind = TargetKind.Deployment,
        Namespace = "shop",
        Name = name,
        Labels = new Dictionary<string, string> { ["app"] = name },
        PodLabels = new Dictionary<string, string> { ["app"] = name },
        Selector = $"app={name}",
        Replicas = replicas,
        Ready = replicas,
        Tier = Tier.Backend,
        Criticality = 0.5,
        Pods = [.. Enumerable.Range(0, replicas).Select(i => new PodPlace($"{name}-{i}", $"node{i + 1}", $"zone{i + 1}", true, 0))],
        Containers = [Container(name)],
        Policy = Safe(),
    };

    public static Component Store(string name, int replicas = 2) => Web(name, replicas) with
    {
        Kind = TargetKind.StatefulSet,
        Tier = Tier.Data,
        TierReason = "image",
        Policy = Safe() with { HasPersistentVolume = true, ServiceName = name },
    };

    public static Topology Topology(params Component[] changed)
    {
        Component[] all =
        [
            Web("front-end") with { IsEntryPoint = true, Tier = Tier.Frontend, Criticality = 1 }, Web("orders"), Web("payment"), Web("carts"),
            Store("orders-db"), Store("carts-db"),
        ];
        var components = all.Select(component => changed.FirstOrDefault(c => c.Name == component.Name) ?? component)
            .Concat(changed.Where(c => all.All(known => known.Name != c.Name))).ToArray();
        string Id(string name) => components.First(component => component.Name == name).Id;
        return new Topology
        {
            Source = "by hand",
            Version = "v1.32.0",
            Components = components,
            Dependencies =
            [
                Edge(Id("front-end"), Id("orders")), Edge(Id("front-end"), Id("carts")), Edge(Id("orders"), Id("payment")),
                Edge(Id("orders"), Id("orders-db")), Edge(Id("carts"), Id("carts-db")),
            ],
            Services = [.. components.Select(c => new ServiceEndpoint("shop", c.Name, "ClusterIP", [new("http", 80, "http")], [c.Id]) { Selector = c.Selector })],
            Nodes = [.. Enumerable.Range(1, 3).Select(i => new Node($"node{i}", $"zone{i}", true, false, new Dictionary<string, string>()))],
            DisruptionBudgets = [.. components.Select(c => new DisruptionBudget("shop", c.Name, "", "1", 1, [c.Id]))],
        };
    }

    public static WorkloadPolicy Declaring(this WorkloadPolicy policy, string key, string value) => policy with
    {
        Declared = new Dictionary<string, string>(policy.Declared) { [key] = value },
    };

    private static Dependency Edge(string from, string to) => new(from, to, 0.8, [new Evidence("env", "URL")]);

    private static Container Container(string name) => new()
    {
        Name = name,
        Image = $"example/{name}:1.0",
        PullPolicy = "IfNotPresent",
        Ports = [new("http", 8080, "TCP")],
        CpuRequest = 0.1,
        MemoryRequest = 64 * 1024 * 1024,
        MemoryLimit = 128 * 1024 * 1024,
        EphemeralLimit = 1e9,
        Readiness = new Probe("http", "/ready", "http", 2, 1, 3, 0),
        Liveness = new Probe("http", "/live", "http", 5, 1, 3, 0),
        HasPreStop = true,
    };

    private static WorkloadPolicy Safe() => new WorkloadPolicy
    {
        Strategy = "RollingUpdate",
        GraceSeconds = 30,
        HasPodAntiAffinity = true,
        HasTopologySpread = true,
        PriorityClass = "shop",
        RestartPolicy = "Always",
    }.Declaring("client-timeout", "1s").Declaring("retries", "1").Declaring("drain", "true");
}
