using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Deletes a pod and lets its owner bring another. Fingerprint: the owner's ready count, <c>owner=deployment/shop/carts ready=1/1</c>, never
/// pod names. A moment, not a state: nothing is undone, and the fault is over when the owner has as many ready pods as before.
/// </summary>
internal sealed class PodKill(KubernetesClient client, TimeProvider clock) : IApiFault
{
    /// <summary>Tries against others who change the pod at the same time.</summary>
    private const int ConflictsMax = 20;

    public string Name => "pod-kill";

    public IReadOnlyList<TargetKind> TargetKinds => [TargetKind.Pod];

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var pod = await Look.AtAsync(client, Resource.Pods, injection.Target, abort);
        var owner = await Workload.OfAsync(client, pod, abort) ?? throw new CraterException("CRT3101",
            $"'{injection.Target.Id}' has no controller: once killed it would never come back. Choose a pod of a deployment or stateful set.");
        var before = await Settled.WaitAsync(clock, () => ReadAsync(owner, abort), abort);

        // The owner may have taken a while to settle, and the pod's own status with it.
        pod = await Look.AtAsync(client, Resource.Pods, injection.Target, abort);
        return new Preparation { Before = before, UndoId = Prepared.Of(pod).Text };
    }

    public async Task<string> InjectAsync(
        Injection injection, Preparation preparation, Tenure tenure, Func<bool> isLive, CancellationToken abort)
    {
        var prepared = Prepared.Parse(preparation.UndoId);
        var target = injection.Target;
        for (var attempt = 1; ; attempt++)
        {
            var seen = await client.FindAsync(Resource.Pods, target.Namespace, target.Name, abort);
            if (seen is null || seen.Uid() != prepared.Uid || seen.IsTerminating())
            {
                // A doubled request finds the pod gone already: that is what was asked for.
                return Mechanism(injection);
            }

            if (attempt > ConflictsMax || (seen.ResourceVersion() != prepared.Version && !isLive()))
            {
                throw new CraterException("CRT3104",
                    $"'{target.Id}' was changed or recovered since the injection was prepared, so it was not killed. Run the experiment again.");
            }

            var request = new DeleteRequest { Uid = prepared.Uid, ResourceVersion = seen.ResourceVersion(), GraceSeconds = Grace(injection) };
            try
            {
                await client.DeleteAsync(Resource.Pods, target.Namespace, target.Name, request, abort);
                return Mechanism(injection);
            }
            catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
            {
                // Its status moved, it was recovered, or it went by itself between the look and the act; look again.
            }
        }
    }

    /// <summary>Nothing is held, so nothing needs renewing.</summary>
    public Task RenewAsync(Injection injection, Preparation preparation, Tenure tenure, CancellationToken abort) => Task.CompletedTask;

    /// <summary>Nothing to undo; only a kill that is still under way is made to miss (see <see cref="MarkedObject"/>).</summary>
    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        new MarkedObject(client, Resource.Pods, injection.Target.Namespace, injection.Target.Name)
            .TakeOffAsync(injection.Id, Prepared.Parse(preparation.UndoId), undoHash: "", budget);

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var target = injection.Target;
        var pod = await client.FindAsync(Resource.Pods, target.Namespace, target.Name, budget);
        var isSame = pod is not null && pod.Uid() == Prepared.Parse(preparation.UndoId).Uid;
        if (OwnerOf(preparation.Before) is not { } owner)
        {
            return new Inspection(Presence.Unknown, null, $"the fingerprint '{preparation.Before.Text}' names no owner");
        }

        var now = (await ReadAsync(owner, budget)).Text;
        var evidence = $"pod {target.Name} {(isSame ? pod.IsTerminating() ? "is going" : "was not killed" : "is gone")}; {now.Text}";
        var isOver = isSame ? !pod.IsTerminating() : now == preparation.Before;
        return new Inspection(isOver ? Presence.Absent : Presence.Present, now, evidence) { HasLeftItsMark = !isSame };
    }

    private async Task<(Fingerprint Text, bool IsSettled)> ReadAsync(Workload owner, CancellationToken abort)
    {
        var state = await owner.StateAsync(client, abort);
        return (new Fingerprint($"owner={owner.Id}{(owner.Resource is null ? $" uid={owner.Uid}" : "")} ready={state.Ready}"), state.IsSettled);
    }

    /// <summary>The owner stands in the fingerprint, so that recovery needs nothing else to look again.</summary>
    private static Workload? OwnerOf(Fingerprint before)
    {
        var parts = before.Text.Split(' ').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0], part => part[1]);
        return parts.TryGetValue("owner", out var id) && Workload.Parse(id) is { } owner ? owner with { Uid = parts.GetValueOrDefault("uid", "") } : null;
    }

    private static int? Grace(Injection injection) =>
        injection.Fault.Text("grace-period").Length > 0 ? (int)Math.Ceiling(injection.Fault.Duration("grace-period").TotalSeconds) : null;

    private static string Mechanism(Injection injection) =>
        $"pod deleted through the API with {(Grace(injection) is { } seconds ? $"a grace of {seconds}s" : "its own grace")}";
}
