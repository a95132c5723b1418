using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>Runs the pods that the scheduler has given to the lab's nodes. All nodes are this machine.</summary>
/// <param name="machine">What the pods' processes need.</param>
/// <param name="isOurs">Which nodes' pods run here: a node that somebody has made through the API has no agent, unless it is hollow.</param>
internal sealed class Kubelet(Machine machine, Predicate<string> isOurs) : IPodRuntime, IContainerAccess, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, PodRun> _runs = new();
    private readonly ConcurrentDictionary<string, Task> _ends = new();
    private readonly Lock _ending = new();
    private readonly HollowPods _hollow = new(machine.Store, machine.Addresses, machine.Clock);
    private readonly Prober _prober = new(machine);
    private readonly ResourceSampler _sampler = new(machine.Clock);
    private readonly LogReader _logs = new(machine.Clock);
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every pod that runs or ran here and is still in the store.</summary>
    public IEnumerable<PodRun> Runs => _runs.Values;

    /// <summary>Whether no process of the pod with this uid is left and none will come.</summary>
    public bool IsGone(string uid) => !_runs.ContainsKey(uid) && !_ends.ContainsKey(uid);

    /// <summary>One pod by name; null when it is not here.</summary>
    public PodRun? Find(string space, string pod) =>
        _runs.Values.FirstOrDefault(run => run.Object.Space() == space && run.Object.Name() == pod);

    /// <summary>Follows the store until it is stopped; fails when any loop of it or of a pod has failed.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAny(_sampler.RunAsync(() => _runs.Values, stop), FollowAsync(stop), _broken.Task).Unwrap();

    private async Task FollowAsync(CancellationToken stop)
    {
        var (pods, version) = machine.Store.List("pods");
        foreach (var pod in pods)
        {
            See(pod);
        }

        await foreach (var change in machine.Store.WatchAsync(null, version, stop).ConfigureAwait(false))
        {
            if (change is { Resource: "nodes", Change: StoreChange.Added } && HollowPods.IsHollow(change.Object))
            {
                SeeAll(change.Object.Name());
            }

            if (change is { Resource: "secrets" or "configmaps", Change: not StoreChange.Deleted })
            {
                foreach (var run in _runs.Values.Where(run => run.Object.Space() == change.Object.Space()))
                {
                    run.SourceChanged(change.Resource, change.Object.Name());
                }
            }

            if (change.Resource != "pods")
            {
                continue;
            }

            if (change.Change == StoreChange.Deleted)
            {
                if (!isOurs(change.Object.Text("spec", "nodeName")))
                {
                    _hollow.Forget(change.Object);
                }

                Forget(change.Object);
            }
            else
            {
                See(change.Object);
            }
        }
    }

    /// <summary>A hollow node may come after the pods that name it.</summary>
    private void SeeAll(string node)
    {
        foreach (var pod in machine.Store.List("pods").Items.Where(pod => pod.Text("spec", "nodeName") == node))
        {
            See(pod);
        }
    }

    /// <summary>Work that nobody waits for must not die unseen: a pod without it would look as it last did, for ever.</summary>
    private async Task ObserveAsync(Task work)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (work.Exception is { InnerException: { } cause })
        {
            _broken.TrySetException(cause);
        }
    }

    public Task<bool> CopyLogAsync(LogRequest request, Stream to, CancellationToken stop)
    {
        var containers = Find(request.Namespace, request.Pod)?.All.ToList() ?? [];
        var container = request.Container.Length == 0
            ? containers.LastOrDefault(one => containers.Count == 1 || one.State is not ContainerState.Waiting) ?? containers.LastOrDefault()
            : containers.FirstOrDefault(one => one.Name == request.Container);
        var log = request.Previous ? container?.Files.PreviousLog : container?.Files.Log;
        return log is null ? Task.FromResult(false) : _logs.CopyAsync(log, request, to, stop);
    }

    public Task<IContainerProcess> ExecuteAsync(ExecRequest request)
    {
        var container = Find(request.Namespace, request.Pod)?.All.FirstOrDefault(one => one.Name == request.Container && one.Process is not null)
            ?? throw new ApiException(404, "NotFound", $"container not found (\"{request.Container}\")");
        return container.ExecuteAsync(request);
    }

    public IReadOnlyList<ContainerUsage> Usage() => _sampler.Usage;

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs.Values)
        {
            Forget(run.Object);
        }

        await Task.WhenAll(_ends.Values).ConfigureAwait(false);
        _prober.Dispose();
    }

    private void See(JsonObject pod)
    {
        var uid = pod.Uid();
        if (_runs.TryGetValue(uid, out var known))
        {
            known.Update(pod);
            return;
        }

        var name = pod.Text("spec", "nodeName");
        if (name.Length == 0)
        {
            return;
        }

        if (!isOurs(name))
        {
            if (machine.Store.Peek("nodes", "", name) is { } node && HollowPods.IsHollow(node))
            {
                _hollow.See(pod, node);
            }

            return;
        }

        if (pod.Text("status", "phase") is "Succeeded" or "Failed")
        {
            return;
        }

        if (pod.At("metadata", "deletionTimestamp") is not null)
        {
            // Deleted before its first process was started: there is nothing to wait for.
            machine.Store.RemoveIfSame("pods", pod);
            return;
        }

        var run = new PodRun(machine, pod, _prober, work => _ = ObserveAsync(work));
        _runs[uid] = run;
        run.Start();
    }

    private void Forget(JsonObject pod)
    {
        var uid = pod.Uid();
        Task end;
        lock (_ending)
        {
            if (!_runs.TryGetValue(uid, out var run))
            {
                return;
            }

            // Among those that end before it leaves those that run: at no moment it looks as if nothing of it were left.
            end = Task.Run(run.KillAsync);
            _ends[uid] = end;
            _runs.TryRemove(uid, out _);
        }

        _ = ObserveAsync(end);
        _ = end.ContinueWith(_ => _ends.TryRemove(new KeyValuePair<string, Task>(uid, end)), TaskScheduler.Default);
    }
}
