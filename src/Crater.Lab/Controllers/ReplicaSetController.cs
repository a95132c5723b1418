using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Keeps as many pods as a replica set asks for.</summary>
internal sealed class ReplicaSetController(Workbench work) : IController
{
    public const string Resource = "replicasets.apps";

    /// <summary>Pods made or deleted in one step, as in Kubernetes.</summary>
    private const int BurstMax = 500;

    private const string Component = "replicaset-controller";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Resource => [ObjectKey.Of(change)],
        "pods" => Owners.ControllerOf(change.Object) is null && change.Change != StoreChange.Deleted && IsNews(change)
            ? Owners.Controllers(change, "ReplicaSet", Resource).Concat(work.Store.Scan(Resource, change.Object.Space()).Items.Where(set => ObjectSelector.Matches(set.At("spec", "selector"), change.Object.Labels()))
                .Select(set => new ObjectKey(Resource, set.Space(), set.Name())))
            : Owners.Controllers(change, "ReplicaSet", Resource),
        _ => [],
    };

    /// <summary>Whether a pod without controller may have become one of ours.</summary>
    private static bool IsNews(StoreEvent change) => change.Previous is not { } before
        || !System.Text.Json.Nodes.JsonNode.DeepEquals(before.At("metadata", "labels"), change.Object.At("metadata", "labels")) || Owners.ControllerOf(before) is not null;

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } set)
        {
            return null;
        }

        var pods = work.Claimed("pods", set);
        if (!set.IsEnding())
        {
            Fill(set, pods.Where(pod => pod.IsActive()).ToList());
        }

        return Count(key, set);
    }

    private void Fill(JsonObject set, List<JsonObject> active)
    {
        var wanted = set.Count(1, "spec", "replicas");
        for (var missing = Math.Min(wanted - active.Count, BurstMax); missing > 0; missing--)
        {
            try
            {
                var pod = work.Create("pods", PodStates.FromTemplate(set, set.At("spec", "template")));
                work.Events.Record(set, "Normal", "SuccessfulCreate", $"Created pod: {pod.Name()}", Component);
            }
            catch (ApiException refused)
            {
                work.Events.Record(set, "Warning", "FailedCreate", $"Error creating: {refused.Message}", Component);
                throw;
            }
        }

        foreach (var surplus in active.ByWorth().Take(Math.Min(active.Count - wanted, BurstMax)))
        {
            work.Delete("pods", surplus);
            work.Events.Record(set, "Normal", "SuccessfulDelete", $"Deleted pod: {surplus.Name()}", Component);
        }
    }

    private TimeSpan? Count(ObjectKey key, JsonObject set)
    {
        var all = work.Owned("pods", set);
        var pods = all.Where(pod => pod.IsActive()).ToList();
        var seconds = set.Number("spec", "minReadySeconds") ?? 0;
        var labels = set.Labels("spec", "template", "metadata", "labels");
        var available = pods.Count(pod => pod.IsAvailable(seconds, work.Now));
        var ready = pods.Count(pod => pod.IsReady());
        work.SetStatus(key, set, status =>
        {
            status["replicas"] = pods.Count;
            status.SetCount("fullyLabeledReplicas", pods.Count(pod => labels.All(label => pod.Labels().GetValueOrDefault(label.Key) == label.Value)));
            status.SetCount("readyReplicas", ready);
            status.SetCount("availableReplicas", available);
            status["terminatingReplicas"] = all.Count(pod => pod.IsEnding() && !pod.IsOver());
            status["observedGeneration"] = set.Number("metadata", "generation") ?? 1;
        });
        return ready > available ? TimeSpan.FromSeconds(1) : null;
    }
}
