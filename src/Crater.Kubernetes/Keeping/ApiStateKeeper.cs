using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;

namespace Crater.Kubernetes.Keeping;

/// <summary>A change of an API object that is in place now, as its object says.</summary>
/// <param name="Deadline">By the server's clock.</param>
/// <param name="IsOverdue">Its deadline has passed, or the process that vouched for it is gone: it may be taken off by anyone.</param>
/// <param name="Problem">Why it cannot be taken off; empty when it can.</param>
public sealed record HeldChange(TargetId Target, string Run, string Injection, string Fault, DateTimeOffset Deadline, bool IsOverdue, string Problem)
{
    /// <summary>The mark stands on undo data beside the target, which is gone itself or has been given company.</summary>
    internal bool IsKept { get; init; }

    /// <summary>Another engine holds it: the plural of its kind, and where its object is. Empty for a change of ours.</summary>
    internal string Engine { get; init; } = "";

    /// <summary>Whose Lease vouches for it until the deadline; empty for nobody's.</summary>
    internal string VouchedBy { get; init; } = "";

    internal string Space { get; init; } = "";

    internal string Name { get; init; } = "";
}

/// <summary>
/// Finishes what a dead process began: finds objects that carry an injection whose deadline has passed, and restores them from what stands on
/// them. Runs in the lab, at every start of <c>craterctl</c> and in the operator; several at once do no harm. Needs no journal.
/// </summary>
/// <param name="spaces">Asked one by one where listing over all namespaces is forbidden.</param>
public sealed class ApiStateKeeper(KubernetesClient client, IReadOnlyList<string> spaces, TimeProvider clock) : IDisposable
{
    /// <summary>Between two sweeps. With leases of 10 s, an abandoned change is off 15 s after its last renewal at the latest.</summary>
    public static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(2);

    /// <summary>How long one restoration may take; a slow one must not hold up the others for ever.</summary>
    private static readonly TimeSpan RestoreBudget = TimeSpan.FromSeconds(30);

    /// <summary>Restorations at once.</summary>
    private const int AtOnce = 8;

    /// <summary>Between two announcements that this keeper is there, and between two rounds of tidying.</summary>
    private static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(5);

    /// <summary>The kinds that a fault of the kubernetes driver changes.</summary>
    private static readonly TargetKind[] Changed =
    [
        TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet, TargetKind.Job, TargetKind.Pod, TargetKind.Service, TargetKind.ConfigMap, TargetKind.Secret,
        TargetKind.HorizontalPodAutoscaler, TargetKind.Namespace, TargetKind.Node,
    ];

    private readonly KeptSweep _kept = new(client);
    private readonly EngineSweep _engines = new(client, spaces, clock);

    /// <summary>Nothing outside of the namespaces is looked at. Default: false.</summary>
    public bool IsConfined { get; init; }

    private KubernetesClaims Claims => new(client, spaces, IsConfined);

    public void Dispose() => _engines.Dispose();

    /// <summary>Everything that is held now, of all runs and from any machine. Kinds that may not be listed are left out: who may not list them has hardly changed one.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked.</exception>
    public async Task<IReadOnlyList<HeldChange>> ListAsync(CancellationToken abort)
    {
        var lists = await Task.WhenAll(Changed.Select(async kind => (Kind: kind, Objects: await ObjectsAsync(KubernetesTargets.ResourceOf(kind), $"{Mark.HeldLabel}=true", abort))));
        if (lists.All(list => list.Objects is null))
        {
            // Nothing may be listed at all: that says nothing about what is held, and the refusal itself says most.
            await client.ListAsync(Resource.Deployments, spaces.Count > 0 ? spaces[0] : null, ListQuery.All, abort);
        }

        var now = await client.ServerNowAsync(abort);
        List<HeldChange> held =
        [
            .. lists.SelectMany(list => (list.Objects ?? []).Select(found => Read(list.Kind, found, now))).OfType<HeldChange>(),
            .. (await _engines.ListAsync(abort)).Select(one => Read(one.Kind, one.Found, now)).OfType<HeldChange>(),
        ];
        var dead = await Vouchers.DeadAsync(client, held.Select(change => change.VouchedBy), abort);
        return [.. held.Select(change => dead.Contains(change.VouchedBy) ? change with { IsOverdue = true } : change)];
    }

    /// <summary>Restores what is overdue.</summary>
    /// <returns>What was held and overdue: restored, or with the problem that prevents it.</returns>
    public Task<IReadOnlyList<HeldChange>> RecoverExpiredAsync(CancellationToken budget) => RecoverAsync(change => change.IsOverdue, budget);

    /// <summary>Deletes what dead processes left that holds nothing any more: claims that ran out, undo data of changes that never came.</summary>
    public async Task TidyAsync(CancellationToken budget)
    {
        try
        {
            await Claims.SweepAsync(budget);
            await Leases.SweepAsync(client, KeeperPresence.Label, spaces, budget);
            await _engines.TidyAsync(budget);
            await _kept.SweepAsync(await ObjectsAsync(Resource.Secrets, $"{KeptData.Label}=true,!{Mark.HeldLabel}", budget) ?? [], budget);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            // What may not be looked at is for others to tidy.
        }
    }

    /// <summary>Restores whatever <paramref name="which"/> says, overdue or not: <c>recover RUN</c>, <c>recover --all</c>.</summary>
    public async Task<IReadOnlyList<HeldChange>> RecoverAsync(Func<HeldChange, bool> which, CancellationToken budget)
    {
        // Several at once: a thousand changes of one dead operator are to be off within seconds, and a slow one must not hold up the others.
        ConcurrentBag<HeldChange> done = [];
        var wanted = (await ListAsync(budget)).Where(which).ToList();
        await Parallel.ForEachAsync(wanted, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = budget },
            async (change, stop) => done.Add(change.Problem.Length > 0 ? change : await RestoreAsync(change, stop)));
        return [.. done];
    }

    /// <summary>Sweeps until stopped. A cluster that cannot be asked is asked again: there is nobody else to do it.</summary>
    /// <param name="name">What it calls itself where people look who keeps their changes, e.g. <c>lab on host1</c>.</param>
    /// <param name="tell">Gets what was restored, and what could not be.</param>
    public async Task RunAsync(string name, Action<HeldChange> tell, CancellationToken stop)
    {
        var presence = new KeeperPresence(client, spaces);
        var announced = 0L;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var change in await RecoverExpiredAsync(stop))
                {
                    tell(change);
                }

                if (announced == 0 || clock.GetElapsedTime(announced) >= AnnounceEvery)
                {
                    announced = clock.GetTimestamp();
                    await presence.AnnounceAsync(name, stop);
                    await TidyAsync(stop);
                }

                await Task.Delay(SweepEvery, clock, stop);
            }
            catch (KubernetesException)
            {
                await Task.Delay(SweepEvery, clock, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
        }

        using var limit = new CancellationTokenSource(SweepEvery, clock);
        await presence.LeaveAsync(limit.Token);
    }

    private async Task<HeldChange> RestoreAsync(HeldChange change, CancellationToken budget)
    {
        using var limit = new CancellationTokenSource(RestoreBudget, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget, limit.Token);
        try
        {
            await (change.Engine.Length > 0 ? _engines.EndAsync(change, either.Token) : change.IsKept ? _kept.RestoreAsync(change, either.Token) : MarkedOf(change.Target).TakeOffAsync(change.Injection, prepared: null, undoHash: "", either.Token));
            return change;
        }
        catch (CraterException e)
        {
            return change with { Problem = e.Message };
        }
        catch (OperationCanceledException) when (!budget.IsCancellationRequested)
        {
            return change with { Problem = $"not restored within {Durations.Text(RestoreBudget)}" };
        }
    }

    private MarkedObject MarkedOf(TargetId target)
    {
        var (kind, space, name) = KeptSweep.Parts(target);
        return new MarkedObject(client, KubernetesTargets.ResourceOf(kind), space, name);
    }

    private static HeldChange? Read(Resource engine, JsonObject found, DateTimeOffset now) =>
        Read(EngineObject.TargetOf(found), found, now, isKept: false) is { } held ? held with { Engine = engine.Plural, Space = found.Namespace(), Name = found.Name() } : null;

    private static HeldChange? Read(TargetKind kind, JsonObject found, DateTimeOffset now)
    {
        var isKept = found.Labels().ContainsKey(KeptData.Label);
        return Read(isKept ? new TargetId(found.Annotation(KeptData.TargetKey)) : TargetId.Of(kind, found.Namespace(), found.Name()), found, now, isKept);
    }

    private static HeldChange? Read(TargetId target, JsonObject found, DateTimeOffset now, bool isKept)
    {
        try
        {
            return Mark.Of(found) is { } mark
                ? new HeldChange(target, mark.Run, mark.Injection, mark.Undo.Fault, mark.Deadline, mark.Deadline < now, Problem: "") { IsKept = isKept, VouchedBy = mark.VouchedBy }
                : null;
        }
        catch (CraterException e)
        {
            return new HeldChange(target, found.Annotation(Mark.RunKey), found.Annotation(Mark.InjectionKey), "", default, IsOverdue: true, e.Message);
        }
    }

    /// <returns>Null when they may not be listed.</returns>
    private async Task<IReadOnlyList<JsonObject>?> ObjectsAsync(Resource resource, string labels, CancellationToken abort) =>
        await WideList.OfAsync(client, resource, spaces, new ListQuery { MetadataOnly = true, LabelSelector = labels }, abort) is { HasLooked: true } found ? found.Items : null;
}
