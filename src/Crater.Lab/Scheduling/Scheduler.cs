using System.Text.Json.Nodes;
using Crater.Lab.Controllers;
using Crater.Lab.Store;

namespace Crater.Lab.Scheduling;

/// <summary>Gives each pod the node that fits it best, and says why when none does.</summary>
internal sealed class Scheduler(Workbench work) : IController
{
    private const string Component = "default-scheduler";
    private const string Zone = "topology.kubernetes.io/zone";
    private const string TakenPort = "node(s) didn't have free ports for the requested pod ports";

    /// <summary>What would be no more if other pods were driven away.</summary>
    private static readonly string[] OthersInTheWay = [TakenPort, "Too many pods", PodAffinity.AntiAffinity, PodAffinity.ExistingAntiAffinity, PodAffinity.Spread];

    /// <summary>The nodes with their pods as last read; null when a change may have made them wrong.</summary>
    private List<NodeLoad>? _loads;

    /// <summary>Pods that this scheduler has added to the loads itself, so that the news of it changes nothing.</summary>
    private readonly HashSet<string> _assumed = [];

    /// <summary>The pods without a node, so that room that is made costs a look at those and not at every pod there is.</summary>
    private readonly HashSet<ObjectKey> _waiting = [];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change)
    {
        Follow(change);
        if (change.Resource == "pods" && change.Change != StoreChange.Deleted && IsWaiting(change.Object))
        {
            _waiting.Add(ObjectKey.Of(change));
            return [ObjectKey.Of(change)];
        }

        if (change.Resource == "pods")
        {
            _waiting.Remove(ObjectKey.Of(change));
        }

        // Who matters more chooses first.
        return MakesRoom(change) ? [.. _waiting.OrderByDescending(key => work.Find(key) is { } pod ? Preemption.PriorityOf(pod) : 0)] : [];
    }

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } pod || !IsWaiting(pod))
        {
            return null;
        }

        var nodes = _loads ??= Loads();
        Dictionary<string, int> reasons = [];
        if (nodes.Count > 0 && MissingClaim(pod) is { } claim)
        {
            Say(key, pod, $"0/{nodes.Count} nodes are available: persistentvolumeclaim \"{claim}\" not found. not found");
            return null;
        }

        var demand = new PodDemand(pod);
        var siblings = Siblings(pod, nodes);
        var best = nodes.Where(node => Fits(pod, demand, node, nodes, reasons)).OrderByDescending(node => Score(pod, node, nodes, siblings))
            .ThenBy(node => node.Name, StringComparer.Ordinal).FirstOrDefault();
        if (best is null)
        {
            if (Preemption.IsAllowed(pod, nodes) && Preemption.Find(pod, demand, nodes, CanSpare) is var (node, victims))
            {
                Preempt(key, pod, node.Name, victims);
            }

            Refuse(key, pod, nodes.Count, nodes.Exists(one => one.CouldHold(demand)), reasons);
            return null;
        }

        if (PodBinding.Bind(work.Store, work.Clock, key.Space, key.Name, best.Name))
        {
            best.Add(work.Find(key) ?? pod);
            _assumed.Add(pod.Uid());
            work.Events.Record(pod, "Normal", "Scheduled", $"Successfully assigned {key.Space}/{key.Name} to {best.Name}", Component);
        }

        return null;
    }

    /// <summary>Drives pods away for one that matters more, and notes where that is to go.</summary>
    private void Preempt(ObjectKey key, JsonObject pod, string node, List<JsonObject> victims)
    {
        work.Store.Modify(key.Resource, key.Space, key.Name, stored => stored.Make("status")["nominatedNodeName"] = node);
        foreach (var victim in victims.Where(victim => !victim.IsEnding()))
        {
            work.Store.Modify("pods", victim.Space(), victim.Name(), stored => PodBinding.SetCondition(stored, new JsonObject
            {
                ["type"] = "DisruptionTarget",
                ["status"] = "True",
                ["lastProbeTime"] = null,
                ["lastTransitionTime"] = work.Now.Stamp(),
                ["reason"] = "PreemptionByScheduler",
                ["message"] = $"{Component}: preempting to accommodate a higher priority pod",
            }));
            work.Events.Record(victim, "Normal", "Preempted", $"Preempted by pod {pod.Uid()} on node {node}", Component);
            work.Delete("pods", victim);
        }
    }

    private bool CanSpare(JsonObject pod) => work.Store.Scan("poddisruptionbudgets.policy", pod.Space()).Items
        .Where(budget => ObjectSelector.Matches(budget.At("spec", "selector"), pod.Labels())).All(budget => budget.Count(0, "status", "disruptionsAllowed") > 0);

    private static bool IsWaiting(JsonObject pod) => pod.Text("spec", "nodeName").Length == 0 && !pod.IsEnding() && !pod.IsOver()
        && pod.Text("spec", "schedulerName") is "" or Component && !pod.Each("spec", "schedulingGates").Any();

    /// <summary>A node that comes or changes, or a pod that leaves one, may let a waiting pod in.</summary>
    private static bool MakesRoom(StoreEvent change) => change.Resource switch
    {
        "nodes" => change.Change == StoreChange.Added || !JsonNode.DeepEquals(change.Object["spec"], change.Previous?["spec"])
            || !JsonNode.DeepEquals(change.Object.At("metadata", "labels"), change.Previous.At("metadata", "labels"))
            || !JsonNode.DeepEquals(change.Object.At("status", "allocatable"), change.Previous.At("status", "allocatable"))
            || change.Object.Condition("Ready").Text("status") != change.Previous.Condition("Ready").Text("status"),
        "persistentvolumeclaims" => change.Change == StoreChange.Added,
        "pods" => change.Change == StoreChange.Deleted || (change.Object.IsOver() && change.Previous?.IsOver() == false),
        _ => false,
    };

    private void Follow(StoreEvent change)
    {
        if (change.Resource == "nodes")
        {
            _loads = null;
        }
        else if (change.Resource == "pods")
        {
            var (before, now) = (change.Previous, change.Object);
            var isOwnBinding = before is not null && before.Text("spec", "nodeName").Length == 0 && _assumed.Remove(now.Uid());
            var isSame = before is not null && before.Text("spec", "nodeName") == now.Text("spec", "nodeName") && before.IsOver() == now.IsOver()
                && before.IsEnding() == now.IsEnding() && JsonNode.DeepEquals(before.At("metadata", "labels"), now.At("metadata", "labels"));
            if (!isOwnBinding && !isSame && now.Text("spec", "nodeName").Length > 0)
            {
                _loads = null;
                _assumed.Clear();
            }
        }
    }

    private List<NodeLoad> Loads()
    {
        var nodes = work.Store.Scan("nodes").Items.Select(node => new NodeLoad(node)).ToList();
        var byName = nodes.ToDictionary(node => node.Name);
        foreach (var pod in work.Store.Scan("pods").Items)
        {
            if (!pod.IsOver() && byName.TryGetValue(pod.Text("spec", "nodeName"), out var node))
            {
                node.Add(pod);
            }
        }

        return nodes;
    }

    private static bool Fits(JsonObject pod, PodDemand demand, NodeLoad node, List<NodeLoad> all, Dictionary<string, int> reasons)
    {
        List<string> why = [];
        if (NodeFit.WhyNot(pod, node.Node, node.Labels) is { } placement)
        {
            why.Add(placement);
        }
        else
        {
            why.AddRange(node.IsTaken(demand) ? [TakenPort] : node.Shortages(demand));
            if (why.Count == 0 && PodAffinity.WhyNot(pod, node, all) is { } neighbours)
            {
                why.Add(neighbours);
            }
        }

        foreach (var reason in why)
        {
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        }

        return why.Count == 0;
    }

    /// <summary>How many pods of the same kind are on each node, and in each zone.</summary>
    private static (Dictionary<string, int> OnNode, Dictionary<string, int> InZone) Siblings(JsonObject pod, List<NodeLoad> nodes)
    {
        var labels = pod.Labels();
        var owner = Owners.ControllerOf(pod).Text("uid");
        Dictionary<string, int> onNode = [], inZone = [];
        foreach (var node in nodes)
        {
            var count = owner.Length > 0 ? node.OwnedBy(owner)
                : labels.Count == 0 ? 0
                : node.Pods.Count(other => other.Space() == pod.Space() && labels.All(pair => other.Text("metadata", "labels", pair.Key) == pair.Value));
            onNode[node.Name] = count;
            if (node.Labels.TryGetValue(Zone, out var zone))
            {
                inZone[zone] = inZone.GetValueOrDefault(zone) + count;
            }
        }

        return (onNode, inZone);
    }

    /// <summary>Preferences first, then few pods of the same kind on the node and in its zone, then the emptier node.</summary>
    private static double Score(
        JsonObject pod, NodeLoad node, List<NodeLoad> all, (Dictionary<string, int> OnNode, Dictionary<string, int> InZone) siblings)
    {
        var inZone = node.Labels.TryGetValue(Zone, out var zone) ? siblings.InZone[zone] : 0;
        var preference = NodeFit.Preference(pod, node.Node) + PodAffinity.Preference(pod, node, all);
        return (1000d * preference) - (100d * siblings.OnNode[node.Name]) - (50d * inZone) - (10d * node.Share()) - (0.01 * node.Pods.Count);
    }

    private void Refuse(ObjectKey key, JsonObject pod, int nodes, bool isHelpful, Dictionary<string, int> reasons)
    {
        var list = string.Join(", ", reasons.Select(reason => $"{reason.Value} {reason.Key}").Order(StringComparer.Ordinal));
        var preemption = nodes == 0 ? "" : pod.Text("spec", "preemptionPolicy") == "Never" ? " preemption: not eligible due to preemptionPolicy=Never." : $" preemption: 0/{nodes} nodes are available: "
            + (isHelpful && reasons.Keys.All(reason => reason.StartsWith("Insufficient", StringComparison.Ordinal) || OthersInTheWay.Contains(reason))
                ? $"{nodes} No preemption victims found for incoming pod." : $"{nodes} Preemption is not helpful for scheduling.");
        Say(key, pod, nodes == 0 ? "no nodes available to schedule pods" : $"0/{nodes} nodes are available: {list}. no new claims to deallocate,{preemption}");
    }

    /// <summary>The first claim of the pod's volumes that is not there.</summary>
    private string? MissingClaim(JsonObject pod) => pod.Each("spec", "volumes").Select(volume => volume.Text("persistentVolumeClaim", "claimName"))
        .FirstOrDefault(claim => claim.Length > 0 && work.Store.Peek("persistentvolumeclaims", pod.Space(), claim) is null);

    private void Say(ObjectKey key, JsonObject pod, string message)
    {
        if (pod.Condition("PodScheduled") is { } before && before.Text("message") == message)
        {
            return;
        }

        work.Store.Modify(key.Resource, key.Space, key.Name, stored => PodBinding.SetCondition(stored, new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "False",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = work.Now.Stamp(),
            ["reason"] = "Unschedulable",
            ["message"] = message,
        }));
        work.Events.Record(pod, "Warning", "FailedScheduling", message, Component);
    }
}
