using Crater.Discovery;

namespace Crater.Tests.Advice.Recall;

/// <summary>A kind of weakness that can be planted into a healthy topology; the same eleven that the shop has, with the shop's switches left out.</summary>
/// <param name="Weakness">What the answer key says, but for the components.</param>
/// <param name="Where">The edges, from caller to callee, at which it can be planted; for a weakness of one component, any edge that it is the callee of.</param>
/// <param name="Plant">Changes the topology.</param>
/// <param name="HitsCaller">The test of it hits the caller, and not the callee.</param>
internal sealed record Seedling(Weakness Weakness, Func<Component, Component, bool> Where, Func<Topology, Component, Component, Topology> Plant, bool HitsCaller = false)
{
    public static IReadOnlyList<Seedling> All { get; } =
    [
        new(Known("W1"), (_, to) => IsStore(to), (all, _, to) => all.With(to with { Replicas = 1, Ready = 1, Pods = [to.Pods[0]] })),
        new(Known("W2"), (_, to) => IsService(to), (all, _, to) => all.With(to with { Containers = [to.Containers[0] with { Readiness = null }] })),
        new(Known("W3"), (_, to) => IsService(to), (all, _, to) => all.With(to with { Pods = [.. to.Pods.Select(pod => pod with { Node = to.Pods[0].Node, Zone = to.Pods[0].Zone })] }) with
        {
            DisruptionBudgets = [.. all.DisruptionBudgets.Where(budget => !budget.Components.Contains(to.Id))],
        }),
        new(Known("W4"), (from, to) => IsService(from) && IsService(to), (all, from, to) => all.With(from.Saying($"client-timeout.{to.Name}", "none"))),
        new(Known("W5"), (from, to) => IsService(from) && IsService(to), (all, from, to) => all.With(from.Saying($"retries.{to.Name}", "unlimited"))),
        new(Known("W6"), (_, to) => IsService(to), (all, _, to) => all.With(to with { Containers = [to.Containers[0] with { MemoryLimit = null }] })),
        new(Known("W7"), (_, to) => IsCache(to), (all, from, to) => all.With(from.Saying($"cache.{to.Name}", "hard"))),
        new(Known("W8"), (from, to) => IsService(from) && IsStore(to), (all, from, to) => all.With(from.Saying("liveness-checks", to.Name))),
        new(Known("W9"), (from, to) => from.Tier == Tier.Worker && to.Tier == Tier.Queue, (all, from, _) => all.With(from.Saying("idempotent", "false")), HitsCaller: true),
        new(Known("W10"), (from, to) => IsService(from) && IsStore(to), (all, from, to) => all.With(from.Saying($"pool-size.{to.Name}", "2"))),
        new(Known("W11"), (_, to) => IsService(to), (all, _, to) => all.With(to.Saying("drain", "none") with { Containers = [to.Containers[0] with { HasPreStop = false }] })),
    ];

    private static Weakness Known(string id) => Weakness.All.Single(weakness => weakness.Id == id);

    private static bool IsService(Component component) => component.Tier is Tier.Backend or Tier.Frontend or Tier.Edge;

    private static bool IsStore(Component component) => component.Tier == Tier.Data && component.Policy.HasPersistentVolume;

    private static bool IsCache(Component component) => component.Tier == Tier.Data && !component.Policy.HasPersistentVolume;
}

/// <summary>Changes of topologies, for planting.</summary>
internal static class Planting
{
    public static Topology With(this Topology topology, Component changed) => topology with
    {
        Components = [.. topology.Components.Select(component => component.Id == changed.Id ? changed : component)],
    };

    public static Component Saying(this Component component, string key, string value) => component with { Policy = component.Policy.Declaring(key, value) };

    /// <summary>The same with nothing that the application says about itself.</summary>
    public static Topology Undeclared(this Topology topology) => topology with
    {
        Components = [.. topology.Components.Select(component => component with { Policy = component.Policy with { Declared = new Dictionary<string, string>() } })],
    };
}
