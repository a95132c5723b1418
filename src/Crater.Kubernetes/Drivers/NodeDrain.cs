using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Cordons a node and evicts its pods as <c>kubectl drain</c> does, honouring disruption budgets. Recovery uncordons; the pods come back
/// elsewhere by their owners. Fingerprint: <c>unschedulable=false deployment/shop/carts=2/2 …</c> with every owner that loses a pod.
/// </summary>
internal sealed class NodeDrain(KubernetesClient client, TimeProvider clock) : MarkedFault(client, Resource.Nodes)
{
    /// <summary>Between two tries of an eviction that a disruption budget refused. kubectl waits 5 s; a chaos run is shorter.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private const string MirrorKey = "kubernetes.io/config.mirror";

    public override string Name => "node-drain";

    public override TargetKind TargetKind => TargetKind.Node;

    public override async Task<string> InjectAsync(
        Injection injection, Preparation preparation, TimeSpan lease, Func<bool> isLive, CancellationToken abort)
    {
        await base.InjectAsync(injection, preparation, lease, isLive, abort);
        var limit = injection.Fault.Text("timeout").Length > 0 ? injection.Fault.Duration("timeout") : TimeSpan.FromMinutes(2);
        var (began, renewed) = (clock.GetTimestamp(), clock.GetTimestamp());
        var evicted = new HashSet<string>();
        while (await EvictableAsync(injection.Target.Name, abort) is { Count: > 0 } left)
        {
            if (clock.GetElapsedTime(began) > limit)
            {
                throw new CraterException("CRT3106",
                    $"Node '{injection.Target.Name}' was not empty after {Durations.Text(limit)}: {string.Join(", ", left.Take(5).Select(pod => pod.Name()))} "
                    + "did not go. Look at the disruption budgets, or give a longer timeout.");
            }

            // Our own lease runs while we evict, and whoever recovered the node meanwhile has ended this.
            if (clock.GetElapsedTime(renewed) > lease / 3)
            {
                await RenewAsync(injection, preparation, lease, abort);
                renewed = clock.GetTimestamp();
            }

            foreach (var pod in left.Where(pod => !pod.IsTerminating()))
            {
                await EvictAsync(injection, pod, evicted, abort);
            }

            await Task.Delay(RetryPause, clock, abort);
        }

        return $"node cordoned and {evicted.Count} pods evicted through the API";
    }

    protected override async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        NodeCordon.RefuseCordoned(seen, Name);
        var owners = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var pod in await EvictableAsync(injection.Target.Name, abort))
        {
            var owner = await Workload.OfAsync(Client, pod, abort) ?? throw new CraterException("CRT3109",
                $"Node '{seen.Name()}' runs the pod '{pod.Namespace()}/{pod.Name()}', which has no controller: evicted it would be lost. Choose another node or delete the pod.");
            owners.Add(owner.Id);
        }

        return await ReadAsync(isUnschedulable: false, owners, abort);
    }

    protected override async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget) =>
        seen is null ? null : await ReadAsync(seen.Flag("spec", "unschedulable"), before.Text.Split(' ').Skip(1).Select(part => part.Split('=')[0]), budget);

    protected override Undo UndoOf(JsonObject seen) => Undo.Unschedulable(Name, seen.Flag("spec", "unschedulable"));

    protected override (JsonObject Change, PatchForm Form) Change(Injection injection, JsonObject seen) =>
        (new JsonObject { ["unschedulable"] = true }, PatchForm.Merge);

    protected override string Mechanism(Injection injection) => "node cordoned and drained through the API";

    private async Task EvictAsync(Injection injection, JsonObject pod, HashSet<string> evicted, CancellationToken abort)
    {
        var grace = injection.Fault.Text("grace-period");
        int? seconds = grace.Length > 0 ? (int)Math.Ceiling(Durations.Parse(grace).TotalSeconds) : null;
        try
        {
            await Client.EvictAsync(pod.Namespace(), pod.Name(), new DeleteRequest { Uid = pod.Uid(), GraceSeconds = seconds }, abort);
            evicted.Add(pod.Uid());
        }
        catch (KubernetesException e) when (e.IsTooManyRequests || e.IsNotFound || e.IsConflict)
        {
            // A budget refused for now, or the pod went by itself; the next look decides.
        }
    }

    /// <summary>Pods that a drain moves: not those of daemon sets (they tolerate it), not the node's own static ones, not finished ones.</summary>
    private async Task<IReadOnlyList<JsonObject>> EvictableAsync(string node, CancellationToken abort)
    {
        var pods = await Client.ListAsync(Resource.Pods, null, new ListQuery { FieldSelector = $"spec.nodeName={node}" }, abort);
        return [.. pods.Items.Where(pod => pod.Text("spec", "nodeName") == node
            && pod.Text("status", "phase") is not ("Succeeded" or "Failed")
            && pod.Controller().Text("kind") != "DaemonSet"
            && pod.Annotation(MirrorKey).Length == 0)];
    }

    private async Task<Fingerprint> ReadAsync(bool isUnschedulable, IEnumerable<string> owners, CancellationToken abort)
    {
        List<string> parts = [$"unschedulable={(isUnschedulable ? "true" : "false")}"];
        foreach (var id in owners)
        {
            if (Workload.Parse(id) is { Resource: not null } owner)
            {
                parts.Add($"{id}={(await owner.StateAsync(Client, abort)).Ready}");
            }
        }

        return new Fingerprint(string.Join(' ', parts));
    }
}
