using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>Looks at one object and does the next step for it. Safe to repeat at any time.</summary>
internal interface IReconciler
{
    Resource Resource { get; }

    /// <param name="found">As it was last seen; a write on an old version is refused and comes again.</param>
    /// <returns>When to look again though nothing changes; null for never.</returns>
    Task<TimeSpan?> ReconcileAsync(JsonObject found, CancellationToken stop);

    /// <summary>The object is gone from the cluster.</summary>
    void Forget(JsonObject gone);
}

/// <summary>Informer, queue and workers for one kind.</summary>
internal sealed class Controller(KubernetesClient client, OperatorOptions options, IReconciler reconciler, OperatorFigures figures, TimeProvider clock)
{
    private readonly List<Informer> _informers = [.. (options.Namespaces.Count == 0 ? [""] : options.Namespaces)
        .Select(space => new Informer(client, reconciler.Resource, space, new InformerOptions(), clock))];

    public WorkQueue Queue { get; } = new(clock);

    public Resource Resource => reconciler.Resource;

    /// <summary>Told of every object that changed or went.</summary>
    public Action<JsonObject> Changed { get; set; } = _ => { };

    /// <summary>Completes when all objects have been listed once.</summary>
    public Task Synced => Task.WhenAll(_informers.Select(informer => informer.Synced));

    public IEnumerable<JsonObject> Objects => _informers.SelectMany(informer => informer.Objects);

    /// <summary>Why objects cannot be listed; null when they can.</summary>
    public KubernetesException? Failure => _informers.Select(informer => informer.Failure).FirstOrDefault(failure => failure is not null);

    public JsonObject? Find(ObjectKey key) => _informers.Select(informer => informer.Find(key.Space, key.Name)).FirstOrDefault(found => found is not null);

    /// <summary>Works until stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
    [
        .. _informers.Select(informer => informer.RunAsync(TakeAsync, stop)),
        .. Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkAsync(stop), CancellationToken.None)),
    ]);

    private ValueTask TakeAsync(InformerEvent change, CancellationToken stop)
    {
        if (change.Change == InformerChange.Deleted)
        {
            reconciler.Forget(change.Object);
        }
        else
        {
            Queue.Add(new ObjectKey(change.Object.Namespace(), change.Object.Name()));
        }

        Changed(change.Object);

        return ValueTask.CompletedTask;
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            ObjectKey key;
            try
            {
                key = await Queue.TakeAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Queue.Done(key, await OnceAsync(key, stop));
        }
    }

    private async Task<bool> OnceAsync(ObjectKey key, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        try
        {
            if (Find(key) is { } found && await reconciler.ReconcileAsync(found, stop) is { } again)
            {
                Queue.AddAfter(key, again, stop);
            }

            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Somebody else was faster is no news; everything else is said. Whatever it was, the object is looked at again.
            if (e is not KubernetesException { IsConflict: true })
            {
                options.Log($"{reconciler.Resource.Kind} {key}: {(e is CraterException coded ? $"{coded.Code} {coded.Message}" : e.ToString())}");
                figures.Failed(reconciler.Resource.Kind);
            }

            Queue.AddAgain(key, stop);
            return false;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            figures.Reconciled(reconciler.Resource.Kind, clock.GetElapsedTime(began));
        }
    }
}
