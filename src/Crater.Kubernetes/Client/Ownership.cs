using System.Text.Json.Nodes;
using Crater.Targets;

namespace Crater.Kubernetes.Client;

/// <summary>Who stands at the top of an object's owners, found from the replica sets that stand between deployments and pods.</summary>
internal sealed class Ownership
{
    private readonly Dictionary<string, JsonObject> _setsByUid;

    private Ownership(Dictionary<string, JsonObject> setsByUid) => _setsByUid = setsByUid;

    public static Ownership From(IEnumerable<JsonObject> replicaSets) => new(replicaSets.ToDictionary(set => set.Uid()));

    /// <summary>For example <c>deployment/shop/carts</c>; empty for a naked pod; a replica set that nobody owns is its own component.</summary>
    public string ComponentOf(JsonObject child)
    {
        if (child.Controller() is not { } owner)
        {
            var isPod = child.At("spec", "containers") is not null;
            return isPod ? "" : TargetId.Of(TargetKind.ReplicaSet, child.Namespace(), child.Name()).Value;
        }

        var isSet = owner.Text("kind") == "ReplicaSet";
        return isSet && _setsByUid.TryGetValue(owner.Text("uid"), out var set)
            ? ComponentOf(set)
            : $"{owner.Text("kind").ToLowerInvariant()}/{child.Namespace()}/{owner.Text("name")}";
    }
}
