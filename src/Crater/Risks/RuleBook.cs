using Crater.Discovery;
using Crater.Risks.Rules;

namespace Crater.Risks;

/// <summary>All rules, and what they find in a topology.</summary>
public static class RuleBook
{
    /// <summary>By id.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        .. new IEnumerable<Rule>[]
        {
            ReplicaRules.All, StateRules.All, ProbeRules.All, ResourceRules.All, DisruptionRules.All, PlacementRules.All, ScalingRules.All,
            RolloutRules.All, HostRules.All, CallRules.All, DependencyRules.All, GraphRules.All, LiveRules.All, JobRules.All, ProgramRules.All,
        }.SelectMany(rules => rules).OrderBy(rule => rule.Id, StringComparer.Ordinal),
    ];

    public static Rule? Find(string id) => All.FirstOrDefault(rule => rule.Id == id);

    /// <summary>Every answer of every rule, in the order of rule and object. Pure.</summary>
    public static IReadOnlyList<Finding> Examine(Topology topology) => Examine(new TopologyIndex(topology));

    public static IReadOnlyList<Finding> Examine(TopologyIndex index) =>
    [
        .. All.SelectMany(rule => Examine(rule, index))
            .OrderBy(finding => finding.Rule, StringComparer.Ordinal).ThenBy(finding => finding.Object, StringComparer.Ordinal),
    ];

    private static IEnumerable<Finding> Examine(Rule rule, TopologyIndex index)
    {
        // Rules about workloads know nothing of processes, and would take one for a pod without a controller.
        var observations = rule.Look(rule.Reads.Contains(ProgramRules.Resource) ? index : index.Cluster).ToArray();
        if (observations.Length == 0 && Blindness(rule, index.Topology, "") is { } everywhere)
        {
            // Nothing was seen because nothing could be seen; saying nothing would read as a pass.
            yield return Unseen(rule, new Observation("", everywhere.Resource, "", Answer.Unknown), everywhere);
        }

        foreach (var seen in observations)
        {
            yield return Blindness(rule, index.Topology, seen.Namespace) is { } blind ? Unseen(rule, seen, blind) : Of(rule, seen);
        }
    }

    private static Finding Of(Rule rule, Observation seen) => new()
    {
        Rule = rule.Id,
        Version = rule.Version,
        Component = seen.Component,
        Object = seen.Object,
        Observed = seen.Observed,
        Answer = seen.Answer,
        Severity = seen.Severity ?? rule.Severity,
        Suggests = seen.Suggests.Count > 0 ? seen.Suggests : rule.Suggests,
        FixFirst = rule.FixFirst && seen.Answer == Answer.Violated,
        Hits = seen.Hits.Count > 0 ? seen.Hits : seen.Component.Length > 0 ? [seen.Component] : [],
    };

    private static Finding Unseen(Rule rule, Observation seen, Blindness blind) => Of(rule, seen) with
    {
        Answer = Answer.Unknown,
        Blind = true,
        FixFirst = false,
        Observed = $"{blind.Resource} could not be read: {blind.Reason}",
    };

    /// <param name="space">Empty asks whether any namespace is hidden.</param>
    private static Blindness? Blindness(Rule rule, Topology topology, string space) => topology.Unknown.FirstOrDefault(blind =>
        rule.Reads.Contains(blind.Resource, StringComparer.OrdinalIgnoreCase)
        && (space.Length == 0 || blind.Namespace.Length == 0 || blind.Namespace == space));
}
