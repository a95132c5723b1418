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

/// <summary>What may hide a change: a kind that could not be listed everywhere.</summary>
/// <param name="Kind">For example <c>configmaps</c>, <c>deployments.apps</c>.</param>
/// <param name="Looked">The namespaces in which it was listed all the same.</param>
internal sealed record UnseenKind(string Kind, IReadOnlyList<string> Looked, KubernetesException Why)
{
    /// <param name="isConfined">Nobody of the installation can have changed anything but in the namespaces that were asked.</param>
    public static IEnumerable<UnseenKind> Of(Resource kind, WideList found, bool isConfined) =>
        found.Wide is not { } why || (isConfined && (!kind.IsNamespaced || found.Refusals.Count == 0)) ? [] : [new UnseenKind(kind.QualifiedName, found.Looked, why)];
}

/// <summary>What one look at a cluster found.</summary>
/// <param name="Unseen">Where it could not look; that says nothing about what is held there.</param>
internal sealed record HeldLook(IReadOnlyList<HeldChange> Changes, IReadOnlyList<UnseenKind> Unseen);

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

    /// <summary>Why the last restoring could not look everywhere, kinds that may not be listed left out; empty when it could.</summary>
    public IReadOnlyList<KubernetesException> Unseen { get; private set; } = [];

    /// <summary>What the last look left out, because it may not be listed, in words: <c>nodes</c>, <c>pods outside of shop</c>. Empty when nothing was.</summary>
    public IReadOnlyList<string> Closed { get; private set; } = [];

    /// <summary>Everything that is held now, of all runs and from any machine. Kinds that may not be listed are left out: who may not list them has hardly changed one.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked.</exception>
    public async Task<IReadOnlyList<HeldChange>> ListAsync(CancellationToken abort)
    {
        var look = await LookAsync(abort);
        return look.Unseen.FirstOrDefault(unseen => !unseen.Why.IsForbidden) is { } failed ? throw failed.Why : look.Changes;
    }

    /// <summary>Everything that is held now and can be seen. One kind that cannot be listed, such as one of another engine whose definition is broken, hides no other.</summary>
    /// <exception cref="KubernetesException">Nothing could be seen at all.</exception>
    internal async Task<HeldLook> LookAsync(CancellationToken abort)
    {
        var lists = await Task.WhenAll(Changed.Select(kind => LookAsync(kind, abort)));
        if (Array.TrueForAll(lists, list => !list.HasLooked))
        {
            // That says nothing about what is held, and the refusal itself says most.
            throw lists.SelectMany(list => list.Unseen).Select(unseen => unseen.Why).OrderBy(refusal => refusal.IsForbidden).First();
        }

        var engines = await _engines.ListAsync(IsConfined, abort);
        var now = await client.ServerNowAsync(abort);
        List<HeldChange> held =
        [
            .. lists.SelectMany(list => list.Found.Select(found => Read(list.Kind, found, now))).OfType<HeldChange>(),
            .. engines.Held.Select(one => Read(one.Kind, one.Found, now)).OfType<HeldChange>(),
        ];
        var dead = await Vouchers.DeadAsync(client, held.Select(change => change.VouchedBy), abort);
        IReadOnlyList<UnseenKind> unseen = [.. lists.SelectMany(list => list.Unseen), .. engines.Unseen];
        Closed = [.. unseen.Where(one => one.Why.IsForbidden).Select(one => one.Looked.Count == 0 ? one.Kind : $"{one.Kind} outside of {string.Join(", ", one.Looked)}")];
        return new HeldLook([.. held.Select(change => dead.Contains(change.VouchedBy) ? change with { IsOverdue = true } : change)], unseen);
    }

    /// <summary>Restores what is overdue.</summary>
    /// <returns>What was held and overdue: restored, or with the problem that prevents it.</returns>
    public Task<IReadOnlyList<HeldChange>> RecoverExpiredAsync(CancellationToken budget) => RecoverAsync(change => change.IsOverdue, budget);

    /// <summary>Deletes what dead processes left that holds nothing any more: claims that ran out, undo data of changes that never came.</summary>
    public async Task TidyAsync(CancellationToken budget)
    {
        Func<Task>[] parts =
        [
            () => Claims.SweepAsync(budget),
            () => Leases.SweepAsync(client, KeeperPresence.Label, spaces, budget),
            () => _engines.TidyAsync(budget),
            async () => await _kept.SweepAsync((await WideList.OfAsync(client, Resource.Secrets, spaces, Labelled($"{KeptData.Label}=true,!{Mark.HeldLabel}"), budget)).Items, budget),
        ];
        foreach (var part in parts)
        {
            try
            {
                await part();
            }
            catch (KubernetesException e) when (e.IsForbidden)
            {
                // What may not be looked at is for others to tidy.
            }
        }
    }

    /// <summary>Restores whatever <paramref name="which"/> says of what can be seen, overdue or not: <c>recover RUN</c>, <c>recover --all</c>.</summary>
    /// <exception cref="KubernetesException">Nothing could be seen at all.</exception>
    public async Task<IReadOnlyList<HeldChange>> RecoverAsync(Func<HeldChange, bool> which, CancellationToken budget)
    {
        // Several at once: a thousand changes of one dead operator are to be off within seconds, and a slow one must not hold up the others.
        ConcurrentBag<HeldChange> done = [];
        var look = await LookAsync(budget);
        Unseen = [.. look.Unseen.Select(unseen => unseen.Why).Where(why => !why.IsForbidden)];
        await Parallel.ForEachAsync(look.Changes.Where(which), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = budget },
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
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception)
            {
                // Whatever it was: who stops looking lets every fault of the dead stay.
                await Task.Delay(SweepEvery, clock, CancellationToken.None);
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
        catch (OperationCanceledException) when (!budget.IsCancellationRequested)
        {
            return change with { Problem = $"not restored within {Durations.Text(RestoreBudget)}" };
        }
        catch (Exception e) when (!budget.IsCancellationRequested)
        {
            return change with { Problem = e.Message };     // one that cannot be restored must not keep the others in place
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

    private async Task<(TargetKind Kind, bool HasLooked, IReadOnlyList<JsonObject> Found, IReadOnlyList<UnseenKind> Unseen)> LookAsync(TargetKind kind, CancellationToken abort)
    {
        var resource = KubernetesTargets.ResourceOf(kind);
        try
        {
            var found = await WideList.OfAsync(client, resource, spaces, Labelled($"{Mark.HeldLabel}=true"), abort);
            return (kind, found.HasLooked, found.Items, [.. UnseenKind.Of(resource, found, IsConfined)]);
        }
        catch (KubernetesException e)
        {
            // What a cluster does not serve nobody can have changed.
            return e.IsNotServed ? (kind, true, [], []) : (kind, false, [], [new UnseenKind(resource.QualifiedName, [], e)]);
        }
    }

    private static ListQuery Labelled(string labels) => new() { MetadataOnly = true, LabelSelector = labels };
}
