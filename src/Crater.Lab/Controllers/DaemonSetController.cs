using System.Text.Json.Nodes;
using Crater.Lab.Scheduling;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Keeps one pod on every node that the template fits.</summary>
internal sealed class DaemonSetController(Workbench work) : IController
{
    public const string Resource = "daemonsets.apps";

    private const string RevisionLabel = "controller-revision-hash";
    private const string Component = "daemonset-controller";

    private static readonly string[] Tolerated = ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"];

    private readonly Revisions _revisions = new(work);

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Resource => [ObjectKey.Of(change)],
        "pods" => Owners.Controllers(change, "DaemonSet", Resource),
        "nodes" when change.Change != StoreChange.Modified || !JsonNode.DeepEquals(change.Object["spec"], change.Previous?["spec"])
            || !JsonNode.DeepEquals(change.Object.At("metadata", "labels"), change.Previous.At("metadata", "labels")) =>
            work.Store.Scan(Resource).Items.Select(set => new ObjectKey(Resource, set.Space(), set.Name())),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } set || set.IsEnding())
        {
            return null;
        }

        var (_, revision) = _revisions.Ensure(set);
        var pods = work.Claimed("pods", set);
        var template = Template(set, revision);
        var probe = new JsonObject { ["metadata"] = template.Map("metadata")?.DeepClone() ?? new JsonObject(), ["spec"] = template["spec"]!.DeepClone() };
        var nodes = work.Store.Scan("nodes").Items.Where(node => NodeFit.AllowsPlacement(probe, node)).Select(node => node.Name()).ToHashSet();
        foreach (var pod in pods.Where(pod => pod.IsActive() && !nodes.Contains(NodeOf(pod))).Concat(pods.Where(pod => pod.IsOver() && !pod.IsEnding())))
        {
            work.Delete("pods", pod);
        }

        foreach (var node in nodes.Where(node => !pods.Exists(pod => NodeOf(pod) == node)).Order(StringComparer.Ordinal))
        {
            var pod = work.Create("pods", Pinned(PodStates.FromTemplate(set, template), node));
            work.Events.Record(set, "Normal", "SuccessfulCreate", $"Created pod: {pod.Name()}", Component);
        }

        Roll(set, pods, revision, nodes.Count);
        Count(key, set, nodes, revision);
        return null;
    }

    private static string NodeOf(JsonObject pod) => pod.Text("spec", "nodeName") is { Length: > 0 } bound ? bound
        : pod.Each("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
            .SelectMany(term => term.Each("matchFields")).SelectMany(field => field.Texts("values")).FirstOrDefault("");

    private static JsonObject Template(JsonObject set, string revision)
    {
        var template = set.At("spec", "template")!.DeepClone().AsObject();
        template.Make("metadata", "labels")[RevisionLabel] = revision;
        var spec = template.Make("spec");
        var tolerations = spec["tolerations"] as JsonArray ?? [];
        spec["tolerations"] = tolerations;
        foreach (var what in Tolerated)
        {
            tolerations.Add((JsonNode)new JsonObject
            {
                ["key"] = "node.kubernetes.io/" + what,
                ["operator"] = "Exists",
                ["effect"] = what is "not-ready" or "unreachable" ? "NoExecute" : "NoSchedule",
            });
        }

        return template;
    }

    /// <summary>Lets the scheduler put the pod on that node and no other.</summary>
    private static JsonObject Pinned(JsonObject pod, string node)
    {
        pod.Make("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")["nodeSelectorTerms"] = new JsonArray(new JsonObject
        {
            ["matchFields"] = new JsonArray(new JsonObject { ["key"] = "metadata.name", ["operator"] = "In", ["values"] = new JsonArray(node) }),
        });
        return pod;
    }

    private void Roll(JsonObject set, List<JsonObject> pods, string revision, int nodes)
    {
        if (set.Text("spec", "updateStrategy", "type") == "OnDelete")
        {
            return;
        }

        var allowed = Math.Max(1, RollingLimits.Resolve(set.At("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"), nodes, roundUp: true));
        var missing = nodes - pods.Count(pod => pod.IsActive() && pod.IsReady());
        foreach (var pod in pods.Where(pod => pod.IsActive() && pod.Labels().GetValueOrDefault(RevisionLabel) != revision).OrderBy(pod => pod.IsReady()))
        {
            if (pod.IsReady() && missing++ >= allowed)
            {
                return;
            }

            work.Delete("pods", pod);
            work.Events.Record(set, "Normal", "SuccessfulDelete", $"Deleted pod: {pod.Name()}", Component);
        }
    }

    private void Count(ObjectKey key, JsonObject set, HashSet<string> nodes, string revision)
    {
        var pods = work.Owned("pods", set).Where(pod => pod.IsActive() && nodes.Contains(NodeOf(pod))).ToList();
        var available = pods.Count(pod => pod.IsAvailable(set.Number("spec", "minReadySeconds") ?? 0, work.Now));
        work.SetStatus(key, set, status =>
        {
            status["observedGeneration"] = set.Number("metadata", "generation") ?? 1;
            status["currentNumberScheduled"] = pods.Count;
            status["desiredNumberScheduled"] = nodes.Count;
            status["numberMisscheduled"] = 0;
            status["numberReady"] = pods.Count(pod => pod.IsReady());
            status.SetCount("updatedNumberScheduled", pods.Count(pod => pod.Labels().GetValueOrDefault(RevisionLabel) == revision));
            status.SetCount("numberAvailable", available);
            status.SetCount("numberUnavailable", nodes.Count - available);
        });
    }
}
