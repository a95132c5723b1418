using System.Text.Json.Nodes;
using Crater.Lab.Controllers;
using Crater.Lab.Scheduling;
using Crater.Lab.Store;
using Xunit;

namespace Crater.Tests.Lab.Scheduling;

public sealed class SchedulerTests
{
    private readonly ResourceStore _store = new();
    private readonly Scheduler _scheduler;

    public SchedulerTests() => _scheduler = new Scheduler(new Workbench(_store, TimeProvider.System));

    [Fact]
    public void A_pod_that_fits_nowhere_is_told_why_for_each_node()
    {
        Node("node1", "a", node => node["spec"]!["unschedulable"] = true);
        Node("node2", "b");

        var pod = Schedule("big", pod => pod["spec"]!["containers"]![0]!["resources"] = JsonNode.Parse("""{"requests": {"cpu": "64"}}"""));

        Assert.Equal("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: "
            + "2 Preemption is not helpful for scheduling.", pod.Condition("PodScheduled").Text("message"));
    }

    [Fact]
    public void Pods_of_one_kind_spread_over_the_zones()
    {
        Node("node1", "a");
        Node("node2", "b");
        Node("node3", "c");

        string[] nodes = [.. Enumerable.Range(0, 3).Select(i => Schedule($"p{i}").Text("spec", "nodeName"))];

        Assert.Equal(["node1", "node2", "node3"], nodes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_taint_keeps_out_who_does_not_tolerate_it()
    {
        Node("node1", "a", node => node["spec"]!["taints"] = JsonNode.Parse("""[{"key": "k", "value": "v", "effect": "NoSchedule"}]"""));

        var (refused, let) = (Schedule("refused"),
            Schedule("let", pod => pod["spec"]!["tolerations"] = JsonNode.Parse("""[{"key": "k", "operator": "Exists"}]""")));

        Assert.Equal(("", "node1"), (refused.Text("spec", "nodeName"), let.Text("spec", "nodeName")));
    }

    [Fact]
    public void Room_that_a_pod_leaves_is_news_to_those_that_wait_and_to_nobody_else()
    {
        Concerned("placed", StoreChange.Added, node: "node1");
        Concerned("waits", StoreChange.Added);
        Concerned("went", StoreChange.Added);
        Concerned("went", StoreChange.Deleted);

        Assert.Equal(["waits"], Concerned("placed", StoreChange.Deleted, node: "node1").Select(key => key.Name));
    }

    private List<ObjectKey> Concerned(string pod, StoreChange change, string node = "")
    {
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["namespace"] = "default", ["name"] = pod, ["uid"] = pod },
            ["spec"] = new JsonObject { ["nodeName"] = node },
        };
        return [.. _scheduler.Concerned(new StoreEvent(change, "pods", 1, body, Previous: null))];
    }

    [Fact]
    public void Anti_affinity_keeps_two_of_a_kind_from_one_node()
    {
        Node("node1", "a");
        void Apart(JsonObject pod) => pod["spec"]!["affinity"] = JsonNode.Parse("""
            {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
              {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "x"}}}]}}
            """);

        var (first, second) = (Schedule("p1", Apart), Schedule("p2", Apart));

        Assert.Equal(("node1", ""), (first.Text("spec", "nodeName"), second.Text("spec", "nodeName")));
    }

    [Fact]
    public void A_node_selector_is_honoured()
    {
        Node("node1", "a");
        Node("node2", "b");

        var pod = Schedule("p", pod => pod["spec"]!["nodeSelector"] = new JsonObject { ["topology.kubernetes.io/zone"] = "b" });

        Assert.Equal("node2", pod.Text("spec", "nodeName"));
    }

    private JsonObject Schedule(string name, Action<JsonObject>? change = null)
    {
        var pod = JsonNode.Parse("""{"metadata": {"namespace": "default", "labels": {"app": "x"}}, "spec": {"containers": [{"name": "main"}]}}""")!.AsObject();
        pod["metadata"]!["name"] = name;
        pod["metadata"]!["uid"] = "uid-" + name;
        change?.Invoke(pod);
        _store.Create("pods", pod);
        _scheduler.Reconcile(new ObjectKey("pods", "default", name));
        return _store.Get("pods", "default", name)!;
    }

    private void Node(string name, string zone, Action<JsonObject>? change = null)
    {
        var node = JsonNode.Parse("""{"metadata": {"labels": {}}, "spec": {}, "status": {"allocatable": {"cpu": "4", "memory": "4Gi", "pods": "110"}}}""")!.AsObject();
        node["metadata"]!["name"] = name;
        node["metadata"]!["labels"] = new JsonObject { ["topology.kubernetes.io/zone"] = zone, ["kubernetes.io/hostname"] = name };
        change?.Invoke(node);
        _store.Create("nodes", node);
    }
}
