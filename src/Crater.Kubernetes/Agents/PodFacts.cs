using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>What a fault has to know of a pod.</summary>
internal static class PodFacts
{
    private const string DefaultContainerKey = "kubectl.kubernetes.io/default-container";

    /// <summary>The id of the container that is meant when none is named: the one that kubectl would take, else the first.</summary>
    /// <exception cref="CraterException">CRT8514: it does not run.</exception>
    public static string ContainerOf(JsonObject pod, string asked)
    {
        var name = asked.Length > 0 ? asked : pod.Annotation(DefaultContainerKey) is { Length: > 0 } chosen ? chosen : pod.Objects("spec", "containers").First().Text("name");
        var status = pod.Objects("status", "containerStatuses").FirstOrDefault(container => container.Text("name") == name);
        return status.At("state", "running") is not null && status.Text("containerID") is { Length: > 0 } id ? id : throw new CraterException("CRT8514",
            $"The container '{name}' of pod {pod.Namespace()}/{pod.Name()} does not run, so that no fault can be put into it. Look with: kubectl get pod -n {pod.Namespace()} {pod.Name()}.");
    }

    /// <summary>Ids of the containers that run.</summary>
    public static IReadOnlyList<string> Containers(JsonObject? pod) =>
        [.. pod.Objects("status", "containerStatuses").Where(container => container.At("state", "running") is not null).Select(container => container.Text("containerID"))];

    /// <summary>The only TCP port that the pod's containers declare; 0 for none or several.</summary>
    public static int OnlyPort(JsonObject pod) =>
        pod.Objects("spec", "containers").SelectMany(container => container.Objects("ports")).Where(port => port.Text("protocol") is "" or "TCP").Select(port => port.Integer("containerPort") ?? 0).Distinct().ToList()
            is [var only] ? only : 0;

    /// <summary>Addresses of the pods of a namespace that a label selector finds.</summary>
    public static async Task<IReadOnlyList<string>> AddressesAsync(KubernetesClient client, string space, string selector, CancellationToken abort) =>
        [.. (await client.ListAsync(Resource.Pods, space, new ListQuery { LabelSelector = selector }, abort)).Items.Select(pod => pod.Text("status", "podIP")).Where(address => address.Length > 0)];
}
