using Crater.Lab.Nodes;

namespace Crater.Lab.Network;

/// <summary>One side of an edge: a pod, or everything outside of the cluster.</summary>
/// <param name="Uid">Empty for the outside.</param>
/// <param name="Namespace">Empty for the outside.</param>
internal sealed record Peer(string Uid, string Component, string Address, IReadOnlyDictionary<string, string> Labels, string Namespace = "")
{
    /// <summary>Load generators, ingresses and people: whoever is not a pod.</summary>
    public static readonly Peer Outside = new("", "outside", "", new Dictionary<string, string>());

    public static Peer Of(PodPeer pod) => new(pod.Uid, pod.Component, pod.Address, pod.Labels, pod.Namespace);
}
