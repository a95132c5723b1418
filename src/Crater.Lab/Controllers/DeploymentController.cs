using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Rolls a deployment's template out through replica sets: one per template, old ones down as the new one comes up.</summary>
internal sealed class DeploymentController(Workbench work) : IController
{
    public const string Resource = "deployments.apps";

    private const string Component = "deployment-controller";

    private readonly ReplicaSetHistory _history = new(work);
    private readonly DeploymentStatus _status = new(work);

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Resource => [ObjectKey.Of(change)],
        ReplicaSetController.Resource => Owners.Controllers(change, "Deployment", Resource),

        // Recreate waits for the last old pod to be out of the store, which no replica set tells.
        "pods" when change.Change == StoreChange.Deleted && Owners.ControllerOf(change.Object) is { } set =>
            Owners.ControllerOf(work.Store.Peek(ReplicaSetController.Resource, change.Object.Space(), set.Text("name"))) is { } deployment
                ? [new ObjectKey(Resource, change.Object.Space(), deployment.Text("name"))] : [],
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } deployment || deployment.IsEnding())
        {
            return null;
        }

        var sets = work.Claimed(ReplicaSetController.Resource, deployment);
        var current = ReplicaSetHistory.Current(deployment, sets);
        if (deployment.Flag("spec", "paused") || ProportionalSizes.IsResized(deployment, sets))
        {
            foreach (var (set, size) in ProportionalSizes.Of(deployment, current, sets))
            {
                Scale(deployment, set, size);
            }
        }
        else
        {
            var isRecreate = deployment.Text("spec", "strategy", "type") == "Recreate";
            var old = sets.Where(set => set.Uid() != current?.Uid()).ToList();
            if (!isRecreate || OldPodsAreGone(deployment, old))
            {
                current = _history.Ensure(deployment, sets, current, isRecreate ? Wanted(deployment) : FirstSize(deployment, sets));
                Roll(deployment, current, old, isRecreate);
            }

            _history.Trim(deployment, old);
        }

        return _status.Write(key, deployment, work.Claimed(ReplicaSetController.Resource, deployment));
    }

    private static int Wanted(JsonObject deployment) => deployment.Count(1, "spec", "replicas");

    private static int Total(IEnumerable<JsonObject> sets) => sets.Sum(set => set.Count(0, "spec", "replicas"));

    /// <summary>How large a new replica set may begin, so that all together stay below the surge.</summary>
    private static int FirstSize(JsonObject deployment, List<JsonObject> sets)
    {
        var (surge, _) = RollingLimits.Of(deployment);
        return Math.Clamp(Wanted(deployment) + surge - Total(sets), 0, Wanted(deployment));
    }

    private void Roll(JsonObject deployment, JsonObject current, List<JsonObject> old, bool isRecreate)
    {
        var size = current.Count(0, "spec", "replicas");
        if (isRecreate)
        {
            Scale(deployment, current, Wanted(deployment));
            return;
        }

        if (size > Wanted(deployment))
        {
            Scale(deployment, current, Wanted(deployment));
            return;
        }

        var (surge, unavailable) = RollingLimits.Of(deployment);
        var room = Wanted(deployment) + surge - Total(old.Append(current));
        if (size < Wanted(deployment) && room > 0)
        {
            Scale(deployment, current, size + Math.Min(room, Wanted(deployment) - size));
        }
        else
        {
            ShrinkOld(deployment, current, old, Wanted(deployment) - unavailable);
        }
    }

    /// <summary>Takes old pods away while enough available ones stay; those that are not available anyway go first.</summary>
    private void ShrinkOld(JsonObject deployment, JsonObject current, List<JsonObject> old, int leastAvailable)
    {
        var missing = current.Count(0, "spec", "replicas") - current.Count(0, "status", "availableReplicas");
        var spare = Total(old.Append(current)) - leastAvailable - missing;
        foreach (var set in old.OrderBy(set => set.Text("metadata", "creationTimestamp"), StringComparer.Ordinal))
        {
            var (size, available) = (set.Count(0, "spec", "replicas"), set.Count(0, "status", "availableReplicas"));
            var idle = Math.Min(size - available, spare);
            if (idle > 0)
            {
                Scale(deployment, set, size - idle);
                spare -= idle;
            }
        }

        var fresh = old.Select(set => work.Store.Peek(ReplicaSetController.Resource, set.Space(), set.Name())).OfType<JsonObject>().ToList();
        var running = fresh.Append(current).Sum(set => set.Count(0, "status", "availableReplicas")) - leastAvailable;
        foreach (var set in fresh.OrderBy(set => set.Text("metadata", "creationTimestamp"), StringComparer.Ordinal))
        {
            var size = set.Count(0, "spec", "replicas");
            var fewer = Math.Min(size, running);
            if (fewer > 0)
            {
                Scale(deployment, set, size - fewer);
                running -= fewer;
            }
        }
    }

    /// <summary>For Recreate: scales the old sets to nothing, and says whether their last pod has gone.</summary>
    private bool OldPodsAreGone(JsonObject deployment, List<JsonObject> old)
    {
        foreach (var set in old)
        {
            Scale(deployment, set, 0);
        }

        return !old.Exists(set => work.Owned("pods", set).Exists(pod => !pod.IsOver()));
    }

    private void Scale(JsonObject deployment, JsonObject set, int size)
    {
        var before = set.Count(0, "spec", "replicas");
        var marks = ReplicaSetHistory.SizeMarks(deployment);
        if (before == size && marks.All(mark => set.Text("metadata", "annotations", mark.Key) == mark.Value))
        {
            return;
        }

        work.Update(ReplicaSetController.Resource, set, changed =>
        {
            changed.Make("spec")["replicas"] = size;
            foreach (var (name, value) in marks)
            {
                changed.Make("metadata", "annotations")[name] = value;
            }
        });
        if (before != size)
        {
            work.Events.Record(deployment, "Normal", "ScalingReplicaSet",
                $"Scaled {(size > before ? "up" : "down")} replica set {set.Name()} from {before} to {size}", Component);
        }
    }
}
