using Crater.Lab.Api;
using Crater.Lab.Scheduling;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Runs every controller and the scheduler against one store until it is stopped.</summary>
public sealed class ControllerLoop
{
    private readonly ResourceStore _store;
    private readonly TimeProvider _clock;
    private readonly ControllerQueue _queue;

    /// <param name="usage">CPU and memory of every container, for autoscalers; none where there are no nodes.</param>
    public ControllerLoop(ResourceStore store, TimeProvider clock, Func<IReadOnlyList<ContainerUsage>>? usage = null)
    {
        (_store, _clock) = (store, clock);
        var work = new Workbench(store, clock);
        _queue = new ControllerQueue(
        [
            new NamespaceController(work),
            new GarbageCollector(work),
            new DeploymentController(work),
            new ReplicaSetController(work),
            new StatefulSetController(work),
            new DaemonSetController(work),
            new JobController(work),
            new CronJobController(work),
            new Scheduler(work),
            new EndpointsController(work),
            new DisruptionController(work),
            new NodeController(work),
            new TaintEvictionController(work),
            new LostNodeController(work),
            new DefinitionController(work),
            new QuotaController(work),
            new CertificateController(work),
            new AggregationController(work),
            new VolumeController(work),
            new AutoscalerController(work, usage ?? (() => [])),
            new EventExpiry(work),
        ], work);
    }

    /// <summary>Makes the namespaces and roles that every cluster has; what is there already stays.</summary>
    public void Seed() => ClusterSeed.Plant(new Workbench(_store, _clock));

    /// <summary>Seeds the cluster and then follows every change until <paramref name="stop"/>; ends by OperationCanceledException.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Seed();
        await using var changes = _store.WatchAsync(null, TakeAll(), stop).GetAsyncEnumerator(stop);
        var next = changes.MoveNextAsync().AsTask();
        while (true)
        {
            while (next.IsCompleted)
            {
                await next;
                _queue.Take(changes.Current);
                next = changes.MoveNextAsync().AsTask();
            }

            _queue.Work();
            if (_queue.IsQuiet)
            {
                await WaitAsync(next, stop);
            }
        }
    }

    /// <summary>Waits for a change or for what is due by time.</summary>
    private async Task WaitAsync(Task next, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var due = Task.Delay(_queue.UntilDue() ?? Timeout.InfiniteTimeSpan, _clock, enough.Token);
        await Task.WhenAny(next, due);
        await enough.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Everything that is in the store already, as if it had just been added.</summary>
    /// <returns>The version from which to follow.</returns>
    private long TakeAll()
    {
        var version = _store.Version;
        foreach (var resource in _store.Resources())
        {
            foreach (var item in _store.Scan(resource).Items)
            {
                _queue.Take(new StoreEvent(StoreChange.Added, resource, version, item, Previous: null));
            }
        }

        return version;
    }
}
