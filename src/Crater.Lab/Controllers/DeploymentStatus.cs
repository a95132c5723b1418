using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What a deployment says of itself: counts, and the conditions Available and Progressing that kubectl waits for.</summary>
internal sealed class DeploymentStatus(Workbench work)
{
    private const string TooLate = "ProgressDeadlineExceeded";

    /// <returns>When the progress deadline has to be looked at again; null when nothing is in progress.</returns>
    public TimeSpan? Write(ObjectKey key, JsonObject deployment, List<JsonObject> sets)
    {
        var current = ReplicaSetHistory.Current(deployment, sets);
        int Sum(string count) => sets.Sum(set => set.Count(0, "status", count));
        var (wanted, total, available) = (deployment.Count(1, "spec", "replicas"), Sum("replicas"), Sum("availableReplicas"));
        var updated = current.Count(0, "status", "replicas");
        var isComplete = updated == wanted && total == wanted && available == wanted;
        var inTime = true;
        work.SetStatus(key, deployment, status =>
        {
            var hasMoved = status.Count(0, "updatedReplicas") != updated || status.Count(0, "availableReplicas") < available
                || status.Count(0, "readyReplicas") < Sum("readyReplicas") || total < status.Count(0, "replicas");
            status["observedGeneration"] = deployment.Number("metadata", "generation") ?? 1;
            status.SetCount("replicas", total);
            status.SetCount("updatedReplicas", updated);
            status.SetCount("readyReplicas", Sum("readyReplicas"));
            status.SetCount("availableReplicas", available);
            status["terminatingReplicas"] = Sum("terminatingReplicas");
            status.SetCount("unavailableReplicas", Math.Max(0, Math.Max(total, wanted) - available));
            var holder = new JsonObject { ["status"] = status.DeepClone() };
            SetAvailable(holder, available >= wanted - RollingLimits.Of(deployment).Unavailable);
            inTime = SetProgressing(holder, deployment, current, isComplete, hasMoved);
            status["conditions"] = holder["status"]!["conditions"]!.DeepClone();
        });
        return isComplete || !inTime || deployment.Flag("spec", "paused") ? null : TimeSpan.FromSeconds(5);
    }

    private void SetAvailable(JsonObject holder, bool isAvailable) => Set(holder, "Available", isAvailable ? "True" : "False",
        isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        isAvailable ? "Deployment has minimum availability." : "Deployment does not have minimum availability.", touch: false);

    /// <returns>False when the deadline has passed.</returns>
    private bool SetProgressing(JsonObject holder, JsonObject deployment, JsonObject? current, bool isComplete, bool hasMoved)
    {
        var before = holder.Condition("Progressing");
        var name = current.Name();
        if (deployment.Flag("spec", "paused"))
        {
            Set(holder, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", touch: false);
            return true;
        }

        if (isComplete)
        {
            Set(holder, "Progressing", "True", "NewReplicaSetAvailable", $"ReplicaSet \"{name}\" has successfully progressed.", touch: false);
            return true;
        }

        // A finished rollout that loses a pod is not progressing anew: the condition stays as it is until the template changes.
        if (before.Text("reason") == "NewReplicaSetAvailable" && before.Text("message").Contains($"\"{name}\"", StringComparison.Ordinal))
        {
            return true;
        }

        var deadline = TimeSpan.FromSeconds(deployment.Number("spec", "progressDeadlineSeconds") ?? 600);
        var isLate = !hasMoved && before.Text("message").Contains($"\"{name}\"", StringComparison.Ordinal)
            && (before.Text("reason") == TooLate || (before.Instant("lastUpdateTime") is { } moved && moved + deadline < work.Now));
        if (isLate)
        {
            Set(holder, "Progressing", "False", TooLate, $"ReplicaSet \"{name}\" has timed out progressing.", touch: false);
            return false;
        }

        var isNew = before is null || !before.Text("message").Contains($"\"{name}\"", StringComparison.Ordinal);
        Set(holder, "Progressing", "True", isNew ? "NewReplicaSetCreated" : "ReplicaSetUpdated",
            isNew ? $"Created new replica set \"{name}\"" : $"ReplicaSet \"{name}\" is progressing.", touch: hasMoved || isNew);
        return true;
    }

    private void Set(JsonObject holder, string type, string status, string reason, string message, bool touch)
    {
        var before = holder.Condition(type);
        var isSame = before.Text("status") == status && before.Text("reason") == reason && before.Text("message") == message;
        if (isSame && !touch)
        {
            return;
        }

        // The condition that changed last stands last, as the real controller has it.
        (holder["status"]!["conditions"] as JsonArray)?.RemoveAll(other => other.Text("type") == type);
        PodBinding.SetCondition(holder, new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastUpdateTime"] = work.Now.Stamp(),
            ["lastTransitionTime"] = before.Text("status") == status ? before!["lastTransitionTime"]?.DeepClone() : work.Now.Stamp(),
            ["reason"] = reason,
            ["message"] = message,
        });
    }
}
