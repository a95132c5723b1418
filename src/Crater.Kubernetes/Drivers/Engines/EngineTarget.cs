using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>
/// Our own look at the target of an engine's fault, through the API: for a pod the images and the ready count of its owner (its own, if it has none), for a
/// node whether pods are placed there, its taints and the ready counts of the owners of what ran there.
/// </summary>
internal sealed class EngineTarget(KubernetesClient client, TimeProvider clock)
{
    /// <summary>Put on and off by the cluster itself as nodes come and go.</summary>
    private const string OwnTaints = "node.kubernetes.io/";

    /// <param name="moves">Pods leave the node, or the pod itself goes: whoever has no owner would not come back.</param>
    /// <exception cref="CraterException">CRT3105: the target is gone. CRT3107: it carries another fault. CRT3101, CRT3109: something has no owner.</exception>
    public async Task<Fingerprint> BeforeAsync(Injection injection, bool moves, CancellationToken abort)
    {
        var target = injection.Target;
        var seen = Look.Unmarked(await Look.AtAsync(client, KubernetesTargets.ResourceOf(target.Kind), target, abort), injection);
        if (target.Kind == TargetKind.Node)
        {
            var pods = await NodePods.EvictableAsync(client, target.Name, abort);
            var owners = moves ? await NodePods.OwnersAsync(client, pods, target.Name, abort) : [];
            return new Fingerprint($"{NodeText(seen)}{await NodePods.ReadyAsync(client, owners, abort)}");
        }

        var owner = await Workload.OfAsync(client, seen, abort);
        if (owner is null && moves)
        {
            throw new CraterException("CRT3101", $"'{target.Id}' has no controller: once killed it would never come back. Choose a pod of a deployment or stateful set.");
        }

        return owner is null ? PodFingerprint.Of(seen) : await Settled.WaitAsync(clock, () => PodFingerprint.OfOwnerAsync(client, owner, abort), abort);
    }

    /// <summary>The same again; null when it cannot be read.</summary>
    public async Task<Fingerprint?> NowAsync(Target target, Fingerprint before, CancellationToken budget)
    {
        if (before.Text.Split(' ')[0].Split('=', 2) is ["owner", var id])
        {
            return Workload.Parse(id) is { Resource: not null } owner ? (await PodFingerprint.OfOwnerAsync(client, owner, budget)).Text : null;
        }

        var seen = await client.FindAsync(KubernetesTargets.ResourceOf(target.Kind), target.Namespace, target.Name, budget);
        return seen is null ? null
            : target.Kind == TargetKind.Pod ? PodFingerprint.Of(seen)
            : new Fingerprint($"{NodeText(seen)}{await NodePods.ReadyAsync(client, before.Text.Split(' ').Skip(3).Select(part => part.Split('=')[0]), budget)}");
    }

    /// <summary>Whether the very thing that was hit is still there.</summary>
    public async Task<JsonObject?> FindAsync(Target target, CancellationToken budget)
    {
        var seen = await client.FindAsync(KubernetesTargets.ResourceOf(target.Kind), target.Namespace, target.Name, budget);
        return seen is not null && (target.Uid.Length == 0 || seen.Uid() == target.Uid) ? seen : null;
    }

    private static string NodeText(JsonObject node)
    {
        var taints = node.Objects("spec", "taints").Where(taint => !taint.Text("key").StartsWith(OwnTaints, StringComparison.Ordinal))
            .Select(taint => $"{taint.Text("key")}={taint.Text("value")}:{taint.Text("effect")}").Order(StringComparer.Ordinal);
        return $"node={node.Name()} unschedulable={(node.Flag("spec", "unschedulable") ? "true" : "false")} taints={string.Join(',', taints)}";
    }
}
