using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.deployment, .statefulset, .daemonset and .replicaset.</summary>
internal static class WorkloadCalls
{
    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["deployment.actions.create_deployment"] = call => call.CreateFromFileAsync(Resource.Deployments, call.Space),
        ["deployment.actions.delete_deployment"] = call => call.DeleteAllAsync(Resource.Deployments),
        ["deployment.actions.scale_deployment"] = call => ScaleAsync(call, Resource.Deployments),
        ["deployment.actions.rollout_deployment"] = RolloutAsync,
        ["deployment.probes.deployment_available_and_healthy"] = call => AvailableAsync(call, "raise_on_unavailable"),
        ["deployment.probes.deployment_partially_available"] = PartlyAvailableAsync,
        ["deployment.probes.deployment_fully_available"] = call => WaitAsync(call, Resource.Deployments, isReady: true, "deployment", "raise_on_not_fully_available"),
        ["deployment.probes.deployment_not_fully_available"] = call => WaitAsync(call, Resource.Deployments, isReady: false, "deployment", "raise_on_fully_available"),
        ["statefulset.actions.create_statefulset"] = call => call.CreateFromFileAsync(Resource.StatefulSets, call.Space),
        ["statefulset.actions.scale_statefulset"] = call => ScaleAsync(call, Resource.StatefulSets),
        ["statefulset.actions.remove_statefulset"] = call => call.DeleteAllAsync(Resource.StatefulSets),
        ["statefulset.probes.statefulset_fully_available"] = call => WaitAsync(call, Resource.StatefulSets, isReady: true, "microservice", "raise_on_not_fully_available"),
        ["statefulset.probes.statefulset_not_fully_available"] = call => WaitAsync(call, Resource.StatefulSets, isReady: false, "microservice", "raise_on_fully_available"),
        ["daemonset.actions.create_daemon_set"] = call => call.CreateFromFileAsync(Resource.DaemonSets, call.Space),
        ["daemonset.actions.delete_daemon_set"] = call => call.DeleteAllAsync(Resource.DaemonSets),
        ["daemonset.actions.update_daemon_set"] = call => call.PatchAsync(Resource.DaemonSets, call.Arguments["spec"]!.DeepClone(), $"failed to update daemon set '{call.Name}'"),
        ["daemonset.probes.daemon_set_available_and_healthy"] = async call =>
            await FoundAsync(call, Resource.DaemonSets) is { Count: > 0 } sets && sets.All(IsReady),
        ["daemonset.probes.daemon_set_partially_available"] = async call =>
            await FoundAsync(call, Resource.DaemonSets) is { Count: > 0 } sets && sets[0].Integer("status", "numberReady") >= 1,
        ["daemonset.probes.daemon_set_fully_available"] = async call => await ReachesAsync(call, Resource.DaemonSets, isReady: true),
        ["daemonset.probes.daemon_set_not_fully_available"] = async call => await ReachesAsync(call, Resource.DaemonSets, isReady: false),
        ["replicaset.actions.delete_replica_set"] = call => call.DeleteAllAsync(Resource.ReplicaSets),
    };

    public static Task<JsonNode?> ScaleAsync(ToolkitCall call, Resource resource) => call.PatchAsync(
        resource, new JsonObject { ["spec"] = new JsonObject { ["replicas"] = call.Arguments["replicas"]?.DeepClone() } }, $"failed to scale '{call.Name}' to {call.Arguments.Text("replicas")} replicas");

    /// <param name="raises">The argument that says whether anything else is a failure; empty where it always is.</param>
    public static async Task<JsonNode?> AvailableAsync(ToolkitCall call, string raises)
    {
        var found = await FoundAsync(call, Resource.Deployments);
        var text = found.Count == 0 ? $"Deployment '{call.Name}' was not found"
            : found.Any(deployment => deployment.Integer("status", "availableReplicas") != deployment.Integer("spec", "replicas")) ? $"Deployment '{call.Name}' is not healthy"
            : "";
        return text.Length == 0 ? true : raises.Length > 0 ? call.Unmet(text, raises) : throw ToolkitCall.Fails(text);
    }

    /// <param name="word">What the failure calls it.</param>
    /// <param name="raises">The argument that says whether not in time is a failure; empty where it always is.</param>
    public static async Task<JsonNode?> WaitAsync(ToolkitCall call, Resource resource, bool isReady, string word, string raises)
    {
        if (await ReachesAsync(call, resource, isReady))
        {
            return true;
        }

        var text = $"{word} '{call.Name}' failed to {(isReady ? "recover" : "stop running")} within {call.Arguments.Text("timeout")}s";
        return raises.Length > 0 ? call.Unmet(text, raises) : throw ToolkitCall.Fails(text);
    }

    private static async Task<JsonNode?> PartlyAvailableAsync(ToolkitCall call)
    {
        const string raises = "raise_on_not_partially_available";
        var found = await FoundAsync(call, Resource.Deployments);
        if (found.Count == 0)
        {
            return call.Unmet($"Deployment '{call.Name}' was not found", raises);
        }

        return found[0].Integer("status", "availableReplicas") switch
        {
            null => throw PythonErrors.Raised(ToolkitCall.Failure, "TypeError", "'>=' not supported between instances of 'NoneType' and 'int'"),
            >= 1 => true,
            _ => call.Unmet($"Deployment '{call.Name}' is not healthy", raises),
        };
    }

    private static async Task<JsonNode?> RolloutAsync(ToolkitCall call)
    {
        var now = call.Clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.ffffff+00:00'Z'", CultureInfo.InvariantCulture);
        var patch = new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = now } } },
            },
        };
        try
        {
            await call.Client.PatchAsync(Resource.Deployments, call.Space, call.Name, PatchForm.Strategic, patch, null, call.Abort);
            return null;
        }
        catch (KubernetesException error)
        {
            throw ToolkitCall.Fails($"failed to rollout the deployment '{call.Name}'! Error: {ToolkitCall.ApiText(error)}");
        }
    }

    private static Task<IReadOnlyList<JsonObject>> FoundAsync(ToolkitCall call, Resource resource) =>
        call.ListAsync(resource, call.Arguments.IsTrue("label_selector") ? call.Arguments.Text("label_selector") : null, call.Name);

    /// <summary>
    /// Whether it comes to be ready, or not ready. The time is counted from the last change that was seen, as the model's request does, so that a workload which changes
    /// all the time is waited for longer.
    /// </summary>
    private static async Task<bool> ReachesAsync(ToolkitCall call, Resource resource, bool isReady)
    {
        var patience = TimeSpan.FromSeconds(call.Arguments.Number("timeout"));
        using var quiet = new CancellationTokenSource(patience, call.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Abort, quiet.Token);
        var query = new ListQuery { LabelSelector = call.Labels ?? "", FieldSelector = $"metadata.name={call.Name}" };
        try
        {
            var list = await call.Client.ListAsync(resource, call.Space, query, either.Token);
            if (list.Items.Any(found => IsReady(found) == isReady))
            {
                return true;
            }

            await foreach (var change in call.Client.WatchAsync(resource, call.Space, list.Version, query, either.Token))
            {
                quiet.CancelAfter(patience);
                if (change.Type != "BOOKMARK" && change.Object.Name() == call.Name && IsReady(change.Object) == isReady)
                {
                    return true;
                }
            }

            return false;
        }
        catch (OperationCanceledException) when (!call.Abort.IsCancellationRequested)
        {
            return false;
        }
    }

    // No ready replica is written as nothing at all, which is not the same as a wanted number of none.
    private static bool IsReady(JsonObject workload) => workload.At("status", "desiredNumberScheduled") is not null || workload.At("spec", "replicas") is null
        ? (workload.Integer("status", "numberReady") ?? 0) == (workload.Integer("status", "desiredNumberScheduled") ?? 0)
        : workload.Integer("status", "readyReplicas") == workload.Integer("spec", "replicas");
}
