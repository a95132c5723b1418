using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Scheduling;

/// <summary>Rules between pods: affinity, anti-affinity (both ways) and topology spread.</summary>
internal static class PodAffinity
{
    /// <summary>What other pods are in the way of; were they not there, the pod would fit.</summary>
    public const string AntiAffinity = "node(s) didn't match pod anti-affinity rules";

    /// <inheritdoc cref="AntiAffinity"/>
    public const string ExistingAntiAffinity = "node(s) didn't satisfy existing pods anti-affinity rules";

    /// <inheritdoc cref="AntiAffinity"/>
    public const string Spread = "node(s) didn't match pod topology spread constraints";

    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";

    /// <returns>The scheduler's own words for what is in the way; null when nothing is.</returns>
    public static string? WhyNot(JsonObject pod, NodeLoad node, IReadOnlyList<NodeLoad> all)
    {
        if (!pod.Each("spec", "affinity", "podAffinity", Required).All(term => HasNeighbour(pod, term, node, all) || IsFirst(pod, term, all)))
        {
            return "node(s) didn't match pod affinity rules";
        }

        if (pod.Each("spec", "affinity", "podAntiAffinity", Required).Any(term => HasNeighbour(pod, term, node, all)))
        {
            return AntiAffinity;
        }

        if (all.Any(other => other.Guards.Count > 0 && other.Guards.Exists(there => there.Each("spec", "affinity", "podAntiAffinity", Required)
            .Any(term => SameDomain(term.Text("topologyKey"), node, other) && Selects(there, term, pod)))))
        {
            return ExistingAntiAffinity;
        }

        var strict = pod.Each("spec", "topologySpreadConstraints").Where(rule => rule.Text("whenUnsatisfiable") != "ScheduleAnyway").ToList();
        return strict.Exists(rule => !node.Labels.ContainsKey(rule.Text("topologyKey"))) ? $"{Spread} (missing required label)"
            : strict.TrueForAll(rule => KeepsSpread(pod, rule, node, all)) ? null : Spread;
    }

    /// <summary>What speaks for (or, negative, against) a node by preferred rules.</summary>
    public static long Preference(JsonObject pod, NodeLoad node, IReadOnlyList<NodeLoad> all)
    {
        long Sum(string kind) => pod.Each("spec", "affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution")
            .Where(term => term.Map("podAffinityTerm") is { } inner && HasNeighbour(pod, inner, node, all)).Sum(term => term.Number("weight") ?? 1);
        return Sum("podAffinity") - Sum("podAntiAffinity");
    }

    /// <summary>The first pod of a group that wants to be together may be anywhere, or none could ever begin.</summary>
    private static bool IsFirst(JsonObject pod, JsonObject term, IReadOnlyList<NodeLoad> all) =>
        Selects(pod, term, pod) && !all.Any(node => node.Pods.Exists(there => Selects(pod, term, there)));

    private static bool HasNeighbour(JsonObject pod, JsonObject term, NodeLoad node, IReadOnlyList<NodeLoad> all) => all.Any(other =>
        SameDomain(term.Text("topologyKey"), node, other) && other.Pods.Exists(there => Selects(pod, term, there)));

    private static bool SameDomain(string key, NodeLoad one, NodeLoad other) =>
        one.Labels.TryGetValue(key, out var here) && other.Labels.TryGetValue(key, out var there) && here == there;

    private static bool Selects(JsonObject owner, JsonObject term, JsonObject there)
    {
        var spaces = term.Texts("namespaces").ToList();
        return (spaces.Count == 0 ? there.Space() == owner.Space() : spaces.Contains(there.Space()))
            && !there.IsEnding() && ObjectSelector.Matches(term["labelSelector"], there.Labels());
    }

    private static bool KeepsSpread(JsonObject pod, JsonObject rule, NodeLoad node, IReadOnlyList<NodeLoad> all)
    {
        var key = rule.Text("topologyKey");
        var here = node.Labels[key];

        var counts = all.Where(one => one.Labels.ContainsKey(key)).GroupBy(one => one.Labels[key]).ToDictionary(
            domain => domain.Key,
            domain => domain.Sum(one => one.Pods.Count(there => there.Space() == pod.Space() && !there.IsEnding()
                && ObjectSelector.Matches(rule["labelSelector"], there.Labels()))));
        return counts[here] + 1 - counts.Values.Min() <= rule.Count(1, "maxSkew");
    }
}
