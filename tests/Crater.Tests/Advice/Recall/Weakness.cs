namespace Crater.Tests.Advice.Recall;

/// <summary>One seeded weakness of the sample shop, and the experiments that would show it.</summary>
/// <param name="Id">W1 … W11.</param>
/// <param name="Hits">Components whose disturbance shows it.</param>
/// <param name="Faults">Faults that show it there.</param>
internal sealed record Weakness(string Id, string Title, IReadOnlyList<string> Hits, IReadOnlyList<string> Faults)
{
    /// <summary>The folder of the manifests that have this weakness alone.</summary>
    public string Variant => $"w{int.Parse(Id[1..]):00}";

    /// <summary>What is right is decided here, by what the shop's switches do, and not by what the advisor happens to say.</summary>
    public static IReadOnlyList<Weakness> All { get; } =
    [
        new("W1", "the orders database runs once", ["orders-db"], ["pod-kill", "pod-failure", "node-drain"]),
        new("W2", "no readiness probe and a slow start", ["catalogue"], ["pod-kill", "pod-failure"]),
        new("W3", "both replicas on one node, no disruption budget", ["carts"], ["node-drain"]),
        new("W4", "no time limit on calls to payment", ["payment"], ["network-delay", "http-delay", "process-stop", "network-partition"]),
        new("W5", "unlimited immediate retries to the catalogue", ["catalogue"], ["http-status", "http-abort", "network-loss"]),
        new("W6", "no memory limit", ["recommender"], ["memory-fill"]),
        new("W7", "logins need the cache", ["redis"], ["pod-kill", "pod-failure", "process-stop", "network-partition"]),
        new("W8", "liveness asks the database", ["carts-db"], ["network-delay", "http-delay", "process-stop", "network-partition"]),
        new("W9", "a task delivered twice ships twice", ["shipping", "queue-master"], ["pod-kill", "process-stop"]),
        new("W10", "two connections to the database", ["orders-db"], ["network-delay", "http-delay"]),
        new("W11", "SIGTERM cuts requests off", ["front-end"], ["pod-kill"]),
    ];
}
