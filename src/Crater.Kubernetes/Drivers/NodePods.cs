using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>What runs on a node, and whose it is.</summary>
internal static class NodePods
{
    private const string MirrorKey = "kubernetes.io/config.mirror";

    /// <summary>Pods that a drain moves: not those of daemon sets (they tolerate it), not the node's own static ones, not finished ones.</summary>
    public static async Task<IReadOnlyList<JsonObject>> EvictableAsync(KubernetesClient client, string node, CancellationToken abort)
    {
        var pods = await client.ListAsync(Resource.Pods, null, new ListQuery { FieldSelector = $"spec.nodeName={node}" }, abort);
        return [.. pods.Items.Where(pod => pod.Text("spec", "nodeName") == node
            && pod.Text("status", "phase") is not ("Succeeded" or "Failed")
            && pod.Controller().Text("kind") != "DaemonSet"
            && pod.Annotation(MirrorKey).Length == 0)];
    }

    /// <summary>The ids of the workloads that bring these pods back.</summary>
    /// <exception cref="CraterException">CRT3109: one has none.</exception>
    public static async Task<IReadOnlyCollection<string>> OwnersAsync(KubernetesClient client, IEnumerable<JsonObject> pods, string node, CancellationToken abort)
    {
        var owners = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            var owner = await Workload.OfAsync(client, pod, abort) ?? throw new CraterException("CRT3109",
                $"Node '{node}' runs the pod '{pod.Namespace()}/{pod.Name()}', which has no controller: evicted it would be lost. Choose another node or delete the pod.");
            owners.Add(owner.Id);
        }

        return owners;
    }

    /// <summary>For example <c> deployment/shop/carts=2/2 deployment/shop/orders=1/1</c>, with a space before each.</summary>
    public static async Task<string> ReadyAsync(KubernetesClient client, IEnumerable<string> owners, CancellationToken abort)
    {
        List<string> parts = [];
        foreach (var id in owners)
        {
            if (Workload.Parse(id) is { Resource: not null } owner)
            {
                parts.Add($" {id}={(await owner.StateAsync(client, abort)).Ready}");
            }
        }

        return string.Concat(parts);
    }
}
