using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Scheduling;

/// <summary>Whether a pod may be on a node at all: cordon, taints, selectors and node affinity.</summary>
internal static class NodeFit
{
    private const string CordonTaint = "node.kubernetes.io/unschedulable";
    private const string UntoleratedTaint = "node(s) had untolerated taint(s)";

    /// <summary>Everything that does not depend on which other pods are where.</summary>
    public static bool AllowsPlacement(JsonObject pod, JsonObject node) => WhyNot(pod, node) is null;

    /// <returns>The scheduler's own words for what is in the way; null when nothing is.</returns>
    public static string? WhyNot(JsonObject pod, JsonObject node) => WhyNot(pod, node, node.Labels());

    /// <inheritdoc cref="WhyNot(JsonObject, JsonObject)"/>
    public static string? WhyNot(JsonObject pod, JsonObject node, IReadOnlyDictionary<string, string> labels)
    {
        if (node.Flag("spec", "unschedulable") && !Tolerates(pod, CordonTaint, "", "NoSchedule"))
        {
            return "node(s) were unschedulable";
        }

        if (node.Condition("Ready") is { } ready && ready.Text("status") != "True")
        {
            return UntoleratedTaint;
        }

        var taint = node.Each("spec", "taints").FirstOrDefault(taint => taint.Text("effect") is "NoSchedule" or "NoExecute"
            && taint.Text("key") != CordonTaint && !Tolerates(pod, taint.Text("key"), taint.Text("value"), taint.Text("effect")));
        if (taint is not null)
        {
            return UntoleratedTaint;
        }

        return MatchesSelector(pod, node, labels) ? null : "node(s) didn't match Pod's node affinity/selector";
    }

    private static bool Tolerates(JsonObject pod, string key, string value, string effect) => Tolerations(pod, key, value, effect).Any();

    /// <summary>The tolerations of a pod that a taint meets.</summary>
    public static IEnumerable<JsonObject> Tolerations(JsonObject pod, string key, string value, string effect) => pod.Each("spec", "tolerations").Where(toleration =>
        toleration.Text("effect") is var of && (of.Length == 0 || of == effect)
        && (toleration.Text("operator") == "Exists"
            ? toleration.Text("key") is var any && (any.Length == 0 || any == key)
            : toleration.Text("key") == key && toleration.Text("value") == value));

    private static bool MatchesSelector(JsonObject pod, JsonObject node, IReadOnlyDictionary<string, string> labels)
    {
        if (pod.Map("spec", "nodeSelector") is { } selector
            && !selector.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value.Text()))
        {
            return false;
        }

        var required = pod.Map("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
        return required is null || required.Each("nodeSelectorTerms").Any(term => MatchesTerm(term, node, labels));
    }

    private static bool MatchesTerm(JsonObject term, JsonObject node, IReadOnlyDictionary<string, string> labels) =>
        (term.Each("matchExpressions").Any() || term.Each("matchFields").Any())
        && term.Each("matchExpressions").All(expression => ObjectSelector.MatchesOne(expression, labels))
        && term.Each("matchFields").All(field =>
            ObjectSelector.MatchesOne(field, new Dictionary<string, string> { [field.Text("key")] = node.Name() }));

    /// <summary>The weight of the preferred node affinities that a node satisfies.</summary>
    public static long Preference(JsonObject pod, JsonObject node)
    {
        if (pod.Map("spec", "affinity") is null)
        {
            return 0;
        }

        var labels = node.Labels();
        return pod.Each("spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution")
            .Where(term => term.Map("preference") is { } preference && MatchesTerm(preference, node, labels))
            .Sum(term => term.Number("weight") ?? 1);
    }
}
