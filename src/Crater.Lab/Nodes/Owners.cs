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

    /// <summary>
    /// Takes a pod that has ended out of the store, unless another one has its name by now. One with finalizers stays for them, with no grace
    /// left; the store takes it when the last of them is lifted.
    /// </summary>
    public static void RemoveIfSame(this ResourceStore store, string resource, JsonObject known)
    {
        if (store.Get(resource, known.Space(), known.Name()) is not { } there || there.Uid() != known.Uid())
        {
            return;
        }

        if (there.At("metadata", "finalizers") is not JsonArray { Count: > 0 })
        {
            store.Remove(resource, known.Space(), known.Name());
        }
        else if (there.Number("metadata", "deletionGracePeriodSeconds") is not 0)
        {
            store.Modify(resource, known.Space(), known.Name(), stored => stored.Make("metadata")["deletionGracePeriodSeconds"] = 0);
        }
    }

    private static JsonObject? Controller(JsonObject owned) =>
        owned.Each("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller"));
}
