using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Cordons a node and evicts its pods as <c>kubectl drain</c> does, honouring disruption budgets. Recovery uncordons; the pods come back
/// elsewhere by their owners. Fingerprint: <c>unschedulable=false deployment/shop/carts=2/2 …</c> with every owner that loses a pod.
/// </summary>
internal sealed class NodeDrain(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.Node)
{
    /// <summary>Between two tries of an eviction that a disruption budget refused. kubectl waits 5 s; a chaos run is shorter.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    public override string Name => "node-drain";

    public override async Task<string> InjectAsync(
        Injection injection, Preparation preparation, Tenure tenure, Func<bool> isLive, CancellationToken abort)
    {
        await base.InjectAsync(injection, preparation, tenure, isLive, abort);
        var limit = injection.Fault.Text("timeout").Length > 0 ? injection.Fault.Duration("timeout") : TimeSpan.FromMinutes(2);
        var (began, renewed) = (Clock.GetTimestamp(), Clock.GetTimestamp());
        var evicted = new HashSet<string>();
        while (await NodePods.EvictableAsync(Client, injection.Target.Name, abort) is { Count: > 0 } left)
        {
            if (Clock.GetElapsedTime(began) > limit)
            {
                throw new CraterException("CRT3106",
                    $"Node '{injection.Target.Name}' was not empty after {Durations.Text(limit)}: {string.Join(", ", left.Take(5).Select(pod => pod.Name()))} "
                    + "did not go. Look at the disruption budgets, or give a longer timeout.");
            }

            // Our own lease runs while we evict, and whoever recovered the node meanwhile has ended this.
            if (Clock.GetElapsedTime(renewed) > tenure.Lease / 3)
            {
                await RenewAsync(injection, preparation, tenure, abort);
                renewed = Clock.GetTimestamp();
            }

            foreach (var pod in left.Where(pod => !pod.IsTerminating()))
            {
                await EvictAsync(injection, pod, evicted, abort);
            }

            await Task.Delay(RetryPause, Clock, abort);
        }

        return $"node cordoned and {evicted.Count} pods evicted through the API";
    }

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        NodeCordon.RefuseCordoned(seen, Name);
        return Task.CompletedTask;
    }

    protected override async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var owners = await NodePods.OwnersAsync(Client, await NodePods.EvictableAsync(Client, seen.Name(), abort), seen.Name(), abort);
        return new Fingerprint($"{NodeCordon.Text(seen)}{await NodePods.ReadyAsync(Client, owners, abort)}");
    }

    protected override async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget) =>
        seen is null ? null : new Fingerprint($"{NodeCordon.Text(seen)}{await NodePods.ReadyAsync(Client, before.Text.Split(' ').Skip(1).Select(part => part.Split('=')[0]), budget)}");

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) => [(NodeCordon.Place, true)];

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
}
