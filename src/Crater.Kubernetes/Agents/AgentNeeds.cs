using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Agents;

/// <summary>What an agent pod must be allowed on its node. The least for the faults of a run, and nothing beside it.</summary>
/// <param name="Capabilities">Linux capabilities, without <c>CAP_</c>; all others are dropped.</param>
/// <param name="HostPaths">Folders of the node that are mounted at the same path.</param>
/// <param name="IsOnHostNetwork">It shares the node's network, because the fault is on that.</param>
/// <param name="IsUnbounded">It has no limits on CPU and memory, because what the fault uses up is counted on it.</param>
public sealed record AgentNeeds(IReadOnlySet<string> Capabilities, IReadOnlySet<string> HostPaths, bool IsOnHostNetwork, bool IsUnbounded)
{
    /// <summary>Where craterd remembers what it has done, so that a later agent pod on the node can undo it.</summary>
    public const string StatePath = "/var/lib/crater";

    /// <summary>The control groups of the node: its pods are found in them, and their limits are there.</summary>
    public const string GroupsPath = "/sys/fs/cgroup";

    public static AgentNeeds None { get; } = new(Set([]), Set([]), false, false);

    /// <summary>For all injections of a run on one node.</summary>
    public static AgentNeeds Of(IEnumerable<Injection> injections) => injections.Select(Of).Aggregate(None, (all, one) => all.With(one));

    /// <summary>What both need together.</summary>
    public AgentNeeds With(AgentNeeds other) => new(
        Set([.. Capabilities, .. other.Capabilities]), Set([.. HostPaths, .. other.HostPaths]), IsOnHostNetwork || other.IsOnHostNetwork, IsUnbounded || other.IsUnbounded);

    /// <summary>Whether a pod that may do this may do the other as well.</summary>
    public bool Covers(AgentNeeds other) => other.Capabilities.IsSubsetOf(Capabilities) && other.HostPaths.IsSubsetOf(HostPaths)
        && (IsOnHostNetwork || !other.IsOnHostNetwork) && (IsUnbounded || !other.IsUnbounded);

    /// <summary>As a person reads it, and as the agent pod says it of itself.</summary>
    public override string ToString() =>
        $"capabilities {string.Join(",", Capabilities)}; hostPath {string.Join(",", HostPaths)}; hostNetwork {(IsOnHostNetwork ? "yes" : "no")}; limits {(IsUnbounded ? "none" : "yes")}";

    public JsonObject Json() => new()
    {
        ["capabilities"] = new JsonArray([.. Capabilities.Select(one => (JsonNode)one)]),
        ["hostPaths"] = new JsonArray([.. HostPaths.Select(one => (JsonNode)one)]),
        ["hostNetwork"] = IsOnHostNetwork,
        ["unbounded"] = IsUnbounded,
    };

    /// <summary>What stands there; nothing where it cannot be read.</summary>
    public static AgentNeeds Parse(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            return new AgentNeeds(Set(json.Texts("capabilities")), Set(json.Texts("hostPaths")), json.Flag("hostNetwork"), json.Flag("unbounded"));
        }
        catch (System.Text.Json.JsonException)
        {
            return None;
        }
    }

    private static AgentNeeds Of(Injection injection)
    {
        var isNode = injection.Target.Kind == TargetKind.Node;
        var family = (FaultCatalogue.Variants(injection.Fault.Name).FirstOrDefault(one => one.IsForHosts) ?? FaultCatalogue.Find(injection.Fault.Name))?.Family ?? "";
        var rule = NeedsTable.Of(injection.Fault.Name, family);
        var folder = injection.Fault.Text("dir");
        return new AgentNeeds(
            Set([.. NeedsTable.Always, .. rule.Capabilities]),
            Set([StatePath, GroupsPath, .. isNode && folder.Length > 0 ? [folder] : Array.Empty<string>()]),
            isNode && rule.IsNetwork,
            isNode && rule.IsOwnLoad);
    }

    private static SortedSet<string> Set(IEnumerable<string> values) => new(values, StringComparer.Ordinal);
}
