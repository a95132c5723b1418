using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Counts, for each disruption budget, how many of its pods are healthy and how many may be disturbed.</summary>
internal sealed class DisruptionController(Workbench work) : IController
{
    private const string Resource = "poddisruptionbudgets.policy";

    /// <summary>How long a pod that was given leave to be evicted is counted as gone before it is; Kubernetes' figure.</summary>
    private static readonly TimeSpan DisruptionMax = TimeSpan.FromMinutes(2);

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Resource => [ObjectKey.Of(change)],
        "pods" => work.Store.Scan(Resource, change.Object.Space()).Items
            .Where(budget => ObjectSelector.Matches(budget.At("spec", "selector"), change.Object.Labels())
                || (change.Previous is { } before && ObjectSelector.Matches(budget.At("spec", "selector"), before.Labels())))
            .Select(budget => new ObjectKey(Resource, budget.Space(), budget.Name())),
        DeploymentController.Resource or ReplicaSetController.Resource or StatefulSetController.Resource =>
            work.Store.Scan(Resource, change.Object.Space()).Items.Select(budget => new ObjectKey(Resource, budget.Space(), budget.Name())),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } budget)
        {
            return null;
        }

        var pods = work.Store.Scan("pods", key.Space).Items
            .Where(pod => !pod.IsOver() && ObjectSelector.Matches(budget.At("spec", "selector"), pod.Labels())).ToList();
        var leaving = Leaving(budget, pods);
        var (expected, desired) = Wanted(budget, pods);
        var healthy = pods.Count(pod => !pod.IsEnding() && !leaving.ContainsKey(pod.Name()) && pod.IsReady());
        var allowed = expected > 0 ? Math.Max(0, healthy - desired) : 0;
        work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
        {
            var status = stored.Make("status");
            (status["currentHealthy"], status["desiredHealthy"], status["expectedPods"]) = (healthy, desired, expected);
            status["disruptionsAllowed"] = allowed;
            status["observedGeneration"] = stored.Number("metadata", "generation") ?? 1;
            status.Remove("disruptedPods");
            if (leaving.Count > 0)
            {
                status["disruptedPods"] = new JsonObject([.. leaving.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);
            }

            PodBinding.SetCondition(stored, new JsonObject
            {
                ["type"] = "DisruptionAllowed",
                ["status"] = allowed > 0 ? "True" : "False",
                ["reason"] = allowed > 0 ? "SufficientPods" : "InsufficientPods",
                ["message"] = "",
                ["lastTransitionTime"] = work.Now.Stamp(),
                ["observedGeneration"] = stored.Number("metadata", "generation") ?? 1,
            });
        });
        return leaving.Count > 0 ? DisruptionMax : null;
    }

    /// <summary>Pods with leave to be evicted that are still there and not yet ending.</summary>
    private Dictionary<string, string> Leaving(JsonObject budget, List<JsonObject> pods) => budget.Labels("status", "disruptedPods")
        .Where(pair => pods.Exists(pod => pod.Name() == pair.Key && !pod.IsEnding())
            && DateTimeOffset.TryParse(pair.Value, out var since) && since + DisruptionMax > work.Now)
        .ToDictionary(pair => pair.Key, pair => pair.Value);

    private (int Expected, int Desired) Wanted(JsonObject budget, List<JsonObject> pods)
    {
        if (budget.At("spec", "maxUnavailable") is { } most)
        {
            var all = Expected(pods);
            return (all, Math.Max(0, all - RollingLimits.Resolve(most, all, roundUp: true)));
        }

        var least = budget.At("spec", "minAvailable");
        if (least is null)
        {
            var all = Expected(pods);
            return (all, Math.Max(0, all - 1));
        }

        return least.Number() is { } number ? (pods.Count, (int)number) : (Expected(pods), RollingLimits.Resolve(least, Expected(pods), roundUp: true));
    }

    /// <summary>How many pods there should be: what their controllers ask for, and the pods without one.</summary>
    private int Expected(List<JsonObject> pods)
    {
        var count = pods.Count(pod => Owners.ControllerOf(pod) is null);
        foreach (var group in pods.Where(pod => Owners.ControllerOf(pod) is not null).GroupBy(pod => Owners.ControllerOf(pod).Text("uid")))
        {
            var owner = Owners.ControllerOf(group.First());
            var resource = owner.Text("kind") switch
            {
                "ReplicaSet" => ReplicaSetController.Resource,
                "StatefulSet" => StatefulSetController.Resource,
                _ => "",
            };
            count += work.Store.Peek(resource, group.First().Space(), owner.Text("name"))?.Count(1, "spec", "replicas") ?? group.Count();
        }

        return count;
    }
}
