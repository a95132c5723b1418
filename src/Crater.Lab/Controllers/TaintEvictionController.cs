using System.Text.Json.Nodes;
using Crater.Lab.Scheduling;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Deletes the pods of a node that do not tolerate its NoExecute taints, at once or after their tolerationSeconds.</summary>
internal sealed class TaintEvictionController(Workbench work) : IController
{
    private const string Component = "taint-eviction-controller";

    /// <summary>When each pod's node was first seen with its taints: the seconds of a toleration count from there.</summary>
    private readonly Dictionary<ObjectKey, DateTimeOffset> _since = [];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        "nodes" when change.Previous is null || !JsonNode.DeepEquals(change.Previous.At("spec", "taints"), change.Object.At("spec", "taints")) =>
            work.Store.Scan("pods").Items.Where(pod => pod.Text("spec", "nodeName") == change.Object.Name())
                .Select(pod => new ObjectKey("pods", pod.Space(), pod.Name())),
        "pods" when change.Object.Text("spec", "nodeName").Length > 0 => [ObjectKey.Of(change)],
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } pod || pod.IsEnding()
            || work.Store.Peek("nodes", "", pod.Text("spec", "nodeName")) is not { } node || TimeToLive(pod, node) is not { } patience)
        {
            _since.Remove(key);
            return null;
        }

        if (!_since.TryGetValue(key, out var since))
        {
            _since[key] = since = work.Now;
        }

        if (patience == TimeSpan.MaxValue)
        {
            return null;
        }

        var left = since + patience - work.Now;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        Evict(key, pod);
        return null;
    }

    /// <returns>How long the pod may stay: the shortest of its tolerations; for ever when none ends; null when no taint drives pods away.</returns>
    private static TimeSpan? TimeToLive(JsonObject pod, JsonObject node)
    {
        var taints = node.Each("spec", "taints").Where(taint => taint.Text("effect") == "NoExecute").ToList();
        if (taints.Count == 0)
        {
            return null;
        }

        var least = TimeSpan.MaxValue;
        foreach (var taint in taints)
        {
            var tolerations = NodeFit.Tolerations(pod, taint.Text("key"), taint.Text("value"), "NoExecute").ToList();
            if (tolerations.Count == 0)
            {
                return TimeSpan.Zero;
            }

            foreach (var seconds in tolerations.Select(toleration => toleration.Number("tolerationSeconds")).OfType<long>())
            {
                var patience = TimeSpan.FromSeconds(Math.Max(0, seconds));
                least = patience < least ? patience : least;
            }
        }

        return least;
    }

    private void Evict(ObjectKey key, JsonObject pod)
    {
        work.Store.Modify(key.Resource, key.Space, key.Name, stored => PodBinding.SetCondition(stored, new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = work.Now.Stamp(),
            ["reason"] = "DeletionByTaintManager",
            ["message"] = "Taint manager: deleting due to NoExecute taint",
        }));
        work.Events.Record(pod, "Normal", "TaintManagerEviction", $"Marking for deletion Pod {pod.Space()}/{pod.Name()}", Component);
        work.Delete("pods", pod);
    }
}
