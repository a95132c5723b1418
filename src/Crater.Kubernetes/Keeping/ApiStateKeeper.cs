using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;

namespace Crater.Kubernetes.Keeping;

/// <summary>A change of an API object that is in place now, as its object says.</summary>
/// <param name="Deadline">By the server's clock.</param>
/// <param name="IsOverdue">Its deadline has passed: nobody renews it, and it may be taken off by anyone.</param>
/// <param name="Problem">Why it cannot be taken off; empty when it can.</param>
public sealed record HeldChange(TargetId Target, string Run, string Injection, string Fault, DateTimeOffset Deadline, bool IsOverdue, string Problem);

/// <summary>
/// Finishes what a dead process began: finds objects that carry an injection whose deadline has passed, and restores them from what stands on
/// them. Runs in the lab, at every start of <c>craterctl</c> and in the operator; several at once do no harm. Needs no journal.
/// </summary>
/// <param name="spaces">Asked one by one where listing over all namespaces is forbidden.</param>
public sealed class ApiStateKeeper(KubernetesClient client, IReadOnlyList<string> spaces, TimeProvider clock)
{
    /// <summary>Between two sweeps. With leases of 15 s, an abandoned change is off about 20 s after its last renewal at the latest.</summary>
    public static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(2);

    /// <summary>How long one restoration may take; a slow one must not hold up the others for ever.</summary>
    private static readonly TimeSpan RestoreBudget = TimeSpan.FromSeconds(30);

    /// <summary>The kinds that a fault of the kubernetes driver changes.</summary>
    private static readonly (Resource Resource, TargetKind Kind)[] Changed =
        [(Resource.Deployments, TargetKind.Deployment), (Resource.Pods, TargetKind.Pod), (Resource.Nodes, TargetKind.Node)];

    /// <summary>Everything that is held now, of all runs and from any machine.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked.</exception>
    public async Task<IReadOnlyList<HeldChange>> ListAsync(CancellationToken abort)
    {
        List<HeldChange> held = [];
        foreach (var (resource, kind) in Changed)
        {
            var objects = await ObjectsAsync(resource, abort);
            var now = await client.ServerNowAsync(abort);
            held.AddRange(objects.Select(found => Read(kind, found, now)).OfType<HeldChange>());
        }

        return held;
    }

    /// <summary>Restores what is overdue.</summary>
    /// <returns>What was held and overdue: restored, or with the problem that prevents it.</returns>
    public Task<IReadOnlyList<HeldChange>> RecoverExpiredAsync(CancellationToken budget) => RecoverAsync(change => change.IsOverdue, budget);

    /// <summary>Restores whatever <paramref name="which"/> says, overdue or not: <c>recover RUN</c>, <c>recover --all</c>.</summary>
    public async Task<IReadOnlyList<HeldChange>> RecoverAsync(Func<HeldChange, bool> which, CancellationToken budget)
    {
        List<HeldChange> done = [];
        foreach (var change in (await ListAsync(budget)).Where(which))
        {
            done.Add(change.Problem.Length > 0 ? change : await RestoreAsync(change, budget));
        }

        return done;
    }

    /// <summary>Sweeps until stopped. A cluster that cannot be asked is asked again: there is nobody else to do it.</summary>
    /// <param name="tell">Gets what was restored, and what could not be.</param>
    public async Task RunAsync(Action<HeldChange> tell, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var change in await RecoverExpiredAsync(stop))
                {
                    tell(change);
                }

                await Task.Delay(SweepEvery, clock, stop);
            }
            catch (KubernetesException)
            {
                await Task.Delay(SweepEvery, clock, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<HeldChange> RestoreAsync(HeldChange change, CancellationToken budget)
    {
        using var limit = new CancellationTokenSource(RestoreBudget, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget, limit.Token);
        var parts = change.Target.Value.Split('/');
        var resource = Changed.First(known => TargetId.Text(known.Kind) == parts[0]).Resource;
        try
        {
            await new MarkedObject(client, resource, parts is [_, var space, _] ? space : "", parts[^1])
                .TakeOffAsync(change.Injection, prepared: null, undoHash: "", either.Token);
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

    private static HeldChange? Read(TargetKind kind, JsonObject found, DateTimeOffset now)
    {
        var target = TargetId.Of(kind, found.Namespace(), found.Name());
        try
        {
            return Mark.Of(found) is { } mark
                ? new HeldChange(target, mark.Run, mark.Injection, mark.Undo.Fault, mark.Deadline, mark.Deadline < now, Problem: "")
                : null;
        }
        catch (CraterException e)
        {
            return new HeldChange(target, found.Annotation(Mark.RunKey), found.Annotation(Mark.InjectionKey), "", default, IsOverdue: true, e.Message);
        }
    }

    private async Task<IReadOnlyList<JsonObject>> ObjectsAsync(Resource resource, CancellationToken abort)
    {
        var query = new ListQuery { MetadataOnly = true };
        try
        {
            return (await client.ListAsync(resource, null, query, abort)).Items;
        }
        catch (KubernetesException e) when (e.IsForbidden && resource.IsNamespaced && spaces.Count > 0)
        {
            List<JsonObject> objects = [];
            foreach (var space in spaces)
            {
                objects.AddRange((await client.ListAsync(resource, space, query, abort)).Items);
            }

            return objects;
        }
        catch (KubernetesException e) when (e.IsForbidden && !resource.IsNamespaced)
        {
            // Who may not list nodes cannot have cordoned one either.
            return [];
        }
    }
}
