using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Nodes;

/// <summary>Which workload a pod belongs to.</summary>
internal static class Owners
{
    /// <summary>The component id by the chain of controllers: <c>deployment/shop/carts</c>; the pod itself when nobody owns it.</summary>
    public static string ComponentOf(ResourceStore store, JsonObject pod)
    {
        var space = pod.Space();
        if (Controller(pod) is not { } owner)
        {
            return TargetId.Of(TargetKind.Pod, space, pod.Name()).Value;
        }

        var (kind, name) = (owner.Text("kind"), owner.Text("name"));
        if (kind == "ReplicaSet" && store.Get("replicasets.apps", space, name) is { } set && Controller(set) is { } above)
        {
            (kind, name) = (above.Text("kind"), above.Text("name"));
        }

        return $"{kind.ToLowerInvariant()}/{space}/{name}";
    }

    /// <summary>Takes a pod out of the store unless another one has its name by now.</summary>
    public static void RemoveIfSame(this ResourceStore store, string resource, JsonObject known)
    {
        if (store.Get(resource, known.Space(), known.Name()).Uid() == known.Uid())
        {
            store.Remove(resource, known.Space(), known.Name());
        }
    }

    private static JsonObject? Controller(JsonObject owned) =>
        owned.Each("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller"));
}
