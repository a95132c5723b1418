using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Measurements;

/// <summary>Finds the workload object and the pods of a component id, e.g. <c>deployment/shop/carts</c>.</summary>
public sealed class ComponentPods(KubernetesClient client)
{
    private readonly ConcurrentDictionary<string, string> _selectors = new(StringComparer.Ordinal);

    public static bool IsWorkload(string component) => Parse(component) is not null;

    /// <summary>The workload object; null when it is not there.</summary>
    public async Task<JsonObject?> WorkloadAsync(string component, CancellationToken abort) => Parse(component) is var (resource, space, name)
        ? await client.FindAsync(resource, space, name, abort)
        : null;

    /// <summary>Its pods that are not about to go; empty when the workload is not there.</summary>
    public async Task<IReadOnlyList<JsonObject>> PodsAsync(string component, CancellationToken abort)
    {
        if (await SelectorAsync(component, abort) is not { Length: > 0 } selector)
        {
            return [];
        }

        var pods = await client.ListAsync(Resource.Pods, Namespace(component), new ListQuery { LabelSelector = selector }, abort);
        return [.. pods.Items.Where(pod => !pod.IsTerminating())];
    }

    /// <summary>Its selector as text; empty when the workload is not there. A workload's selector cannot change, so it is asked for once.</summary>
    public async Task<string> SelectorAsync(string component, CancellationToken abort)
    {
        if (_selectors.TryGetValue(component, out var known))
        {
            return known;
        }

        var selector = Selectors.Text((await WorkloadAsync(component, abort)).At("spec", "selector"));
        return selector.Length == 0 ? "" : _selectors.GetOrAdd(component, selector);
    }

    public static string Namespace(string component) => Parse(component) is var (_, space, _) ? space : "";

    private static (Resource Resource, string Space, string Name)? Parse(string component) => component.Split('/') switch
    {
        ["deployment", var space, var name] => (Resource.Deployments, space, name),
        ["statefulset", var space, var name] => (Resource.StatefulSets, space, name),
        ["daemonset", var space, var name] => (Resource.DaemonSets, space, name),
        ["replicaset", var space, var name] => (Resource.ReplicaSets, space, name),
        _ => null,
    };
}
