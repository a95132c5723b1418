using System.Text.Json.Nodes;

namespace Crater.Lab.Store;

/// <summary>How an object is to be deleted.</summary>
public sealed record DeletionOptions
{
    /// <summary>Seconds a pod's processes get to end; null for the pod's own terminationGracePeriodSeconds.</summary>
    public long? GraceSeconds { get; init; }

    /// <summary>What happens to what it owns: Background, Foreground or Orphan; null for the kind's default.</summary>
    public string? Propagation { get; init; }

    /// <summary>Deletes only the object with this uid; null for whatever has the name.</summary>
    public string? Uid { get; init; }

    /// <summary>Deletes only this resourceVersion; null for any.</summary>
    public string? Version { get; init; }
}

/// <summary>
/// Deletes as Kubernetes does: an object with finalizers waits for them, a pod on a node waits for the node to stop its processes (the node
/// then removes it), everything else is gone at once.
/// </summary>
public sealed class ObjectDeletion(ResourceStore store, TimeProvider clock)
{
    /// <summary>The finalizer of an object that waits for what it owns to go first.</summary>
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>The finalizer of an object whose dependents must be let go first.</summary>
    public const string OrphanFinalizer = "orphan";

    /// <summary>The grace of a pod that names none, as in Kubernetes.</summary>
    private const int DefaultGraceSeconds = 30;

    /// <returns>The object as it was or now is, and whether it is out of the store; null when it was not there.</returns>
    /// <exception cref="StoreConflictException">Conflict: the uid or version is another.</exception>
    public (JsonObject Last, bool IsGone)? Delete(string resource, string space, string name, DeletionOptions options)
    {
        var isImmediate = false;
        var last = store.Modify(resource, space, name, stored =>
        {
            CheckPreconditions(resource, stored, options);
            isImmediate = resource switch
            {
                "pods" => MarkPod(stored, options),
                "namespaces" => MarkNamespace(stored),
                _ => MarkObject(resource, stored, options),
            };
        });
        if (last is null)
        {
            return null;
        }

        if (!isImmediate)
        {
            return (last, false);
        }

        return (store.Remove(resource, space, name) ?? last, true);
    }

    private static void CheckPreconditions(string resource, JsonObject stored, DeletionOptions options)
    {
        if (options.Uid is { } uid && uid != stored.Uid())
        {
            throw new StoreConflictException("Conflict", $"Operation cannot be fulfilled on {resource} \"{stored.Name()}\": "
                + $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid()}");
        }

        if (options.Version is { } version && version != stored.Text("metadata", "resourceVersion"))
        {
            throw new StoreConflictException("Conflict", $"Operation cannot be fulfilled on {resource} \"{stored.Name()}\": Precondition failed: "
                + $"ResourceVersion in precondition: {version}, ResourceVersion in object meta: {stored.Text("metadata", "resourceVersion")}");
        }
    }

    private bool MarkPod(JsonObject pod, DeletionOptions options)
    {
        var grace = options.GraceSeconds ?? pod.Number("spec", "terminationGracePeriodSeconds") ?? DefaultGraceSeconds;
        var isOnNode = pod.Text("spec", "nodeName").Length > 0;
        if (!isOnNode || pod.Text("status", "phase") is "Succeeded" or "Failed")
        {
            grace = 0;
        }

        if (pod.IsEnding())
        {
            grace = Math.Min(grace, pod.Number("metadata", "deletionGracePeriodSeconds") ?? grace);
        }

        if (grace <= 0)
        {
            return MarkObject("pods", pod, options with { Propagation = "Background" });
        }

        if (pod.Number("metadata", "deletionGracePeriodSeconds") != grace)
        {
            Mark(pod, grace);
        }

        return false;
    }

    private bool MarkNamespace(JsonObject space)
    {
        if (!space.IsEnding())
        {
            Mark(space, null);
            space.Make("status")["phase"] = "Terminating";
        }

        return false;
    }

    private bool MarkObject(string resource, JsonObject stored, DeletionOptions options)
    {
        var propagation = options.Propagation ?? (resource == "jobs.batch" ? "Orphan" : "Background");
        var finalizers = stored.Texts("metadata", "finalizers").Where(one => one is not (ForegroundFinalizer or OrphanFinalizer)).ToList();
        if (propagation is "Foreground" or "Orphan")
        {
            finalizers.Add(propagation == "Foreground" ? ForegroundFinalizer : OrphanFinalizer);
        }

        if (finalizers.Count == 0)
        {
            return true;
        }

        stored.Make("metadata")["finalizers"] = new JsonArray([.. finalizers.Select(one => (JsonNode)one)]);
        if (!stored.IsEnding())
        {
            Mark(stored, 0);
        }

        return false;
    }

    private void Mark(JsonObject stored, long? grace)
    {
        var metadata = stored.Make("metadata");
        metadata["deletionTimestamp"] = (clock.GetUtcNow() + TimeSpan.FromSeconds(grace ?? 0)).Stamp();
        if (grace is not null)
        {
            metadata["deletionGracePeriodSeconds"] = grace;
        }

        if (metadata["generation"] is not null)
        {
            metadata["generation"] = metadata.Number("generation") + 1;
        }
    }
}
