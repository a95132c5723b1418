using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Scheduling;

/// <summary>Which pods of lower priority must go so that a pod fits on a node: as few and as unimportant as possible.</summary>
internal static class Preemption
{
    public static long PriorityOf(JsonObject pod) => pod.Number("spec", "priority") ?? 0;

    /// <summary>Whether the pod may drive others away now: not if it may never, and not while those that it has driven away still end.</summary>
    public static bool IsAllowed(JsonObject pod, IReadOnlyList<NodeLoad> nodes)
    {
        var nominated = pod.Text("status", "nominatedNodeName");
        return pod.Text("spec", "preemptionPolicy") != "Never" && !nodes.Any(node => node.Name == nominated
            && node.Pods.Exists(other => other.IsEnding() && PriorityOf(other) < PriorityOf(pod)));
    }

    /// <returns>The node and who must leave it; null where that helps nowhere.</returns>
    /// <param name="canSpare">Whether the budgets of a pod let it go; those that do not are taken only where nobody else suffices.</param>
    public static (NodeLoad Node, List<JsonObject> Victims)? Find(JsonObject pod, PodDemand demand, IReadOnlyList<NodeLoad> nodes, Func<JsonObject, bool> canSpare)
    {
        List<(NodeLoad Node, List<JsonObject> Victims)> found = [];
        foreach (var node in nodes)
        {
            if (NodeFit.WhyNot(pod, node.Node, node.Labels) is null && VictimsOn(node, pod, demand, nodes, canSpare) is { Count: > 0 } victims)
            {
                found.Add((node, victims));
            }
        }

        return found.Count == 0 ? null : found.OrderBy(one => one.Victims.Count(victim => !canSpare(victim))).ThenBy(one => one.Victims.Max(PriorityOf))
            .ThenBy(one => one.Victims.Sum(PriorityOf)).ThenBy(one => one.Victims.Count).ThenBy(one => one.Node.Name, StringComparer.Ordinal).First();
    }

    private static List<JsonObject>? VictimsOn(NodeLoad node, JsonObject pod, PodDemand demand, IReadOnlyList<NodeLoad> nodes, Func<JsonObject, bool> canSpare)
    {
        var lower = node.Pods.Where(other => PriorityOf(other) < PriorityOf(pod)).ToList();
        var stay = node.Pods.Except(lower).ToList();
        if (lower.Count == 0 || !Fits(node, stay, pod, demand, nodes))
        {
            return null;
        }

        List<JsonObject> victims = [];
        foreach (var other in lower.OrderBy(canSpare).ThenByDescending(PriorityOf).ThenBy(other => other.Text("status", "startTime"), StringComparer.Ordinal))
        {
            stay.Add(other);
            if (!Fits(node, stay, pod, demand, nodes))
            {
                stay.RemoveAt(stay.Count - 1);
                victims.Add(other);
            }
        }

        return victims;
    }

    private static bool Fits(NodeLoad node, List<JsonObject> stay, JsonObject pod, PodDemand demand, IReadOnlyList<NodeLoad> nodes)
    {
        var left = new NodeLoad(node.Node);
        stay.ForEach(left.Add);
        return !left.IsTaken(demand) && !left.Shortages(demand).Any()
            && PodAffinity.WhyNot(pod, left, [.. nodes.Select(other => other == node ? left : other)]) is null;
    }
}
