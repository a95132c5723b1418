using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Discovery;

/// <summary>The objects of a cluster that a topology is made of, as they were when they were looked at.</summary>
/// <param name="objects">By kind; a kind that is hidden or not served has none.</param>
internal sealed class ClusterView(IReadOnlyDictionary<Resource, IReadOnlyList<JsonObject>> objects)
{
    /// <summary>What is looked at; each is listed once.</summary>
    public static IReadOnlyList<Resource> Kinds { get; } =
    [
        Resource.Deployments, Resource.StatefulSets, Resource.DaemonSets, Resource.Jobs, Resource.ReplicaSets, Resource.Pods,
        Resource.Services, Resource.Ingresses, Resource.DisruptionBudgets, Resource.Autoscalers, Resource.Nodes,
    ];

    public IReadOnlyList<JsonObject> this[Resource kind] => objects[kind];

    public IReadOnlyList<JsonObject> LivingPods { get; } = [.. objects[Resource.Pods].Where(IsAlive)];

    /// <summary>What becomes a component. A replica set of a deployment, and a pod of anything, are none.</summary>
    public IReadOnlyList<(TargetKind Kind, JsonObject Object)> Workloads() =>
    [
        .. this[Resource.Deployments].Select(workload => (TargetKind.Deployment, workload)),
        .. this[Resource.StatefulSets].Select(workload => (TargetKind.StatefulSet, workload)),
        .. this[Resource.DaemonSets].Select(workload => (TargetKind.DaemonSet, workload)),
        .. this[Resource.ReplicaSets].Where(set => set.Controller() is null).Select(workload => (TargetKind.ReplicaSet, workload)),
        .. this[Resource.Jobs].Select(workload => (TargetKind.Job, workload)),
        .. LivingPods.Where(pod => pod.Controller() is null).Select(pod => (TargetKind.Pod, pod)),
    ];

    private static bool IsAlive(JsonObject pod) => !pod.IsTerminating() && pod.Text("status", "phase") is not ("Succeeded" or "Failed");
}
