using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.actions and chaosk8s.probes: the older names of what the other modules do.</summary>
internal static class OldCalls
{
    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["actions.start_microservice"] = call => call.CreateFromFileAsync(Resource.Deployments, call.Space),
        ["actions.kill_microservice"] = KillAsync,
        ["actions.scale_microservice"] = async call =>
        {
            await WorkloadCalls.ScaleAsync(call, Resource.Deployments);
            return null;
        },
        ["actions.remove_service_endpoint"] = call => call.DeleteOneAsync(Resource.Services),
        ["probes.all_microservices_healthy"] = HealthyAsync,
        ["probes.microservice_available_and_healthy"] = async call =>
        {
            await WorkloadCalls.AvailableAsync(call, raises: "");
            return null;
        },
        ["probes.microservice_is_not_available"] = call => PodCalls.NotAvailableAsync(call, raises: true),
        ["probes.service_endpoint_is_initialized"] = call => ObjectCalls.ServiceAsync(call, call.Labels, raises: ""),
        ["probes.deployment_is_fully_available"] = call => WorkloadCalls.WaitAsync(call, Resource.Deployments, isReady: true, "deployment", raises: ""),
        ["probes.deployment_is_not_fully_available"] = call => WorkloadCalls.WaitAsync(call, Resource.Deployments, isReady: false, "deployment", raises: ""),
        ["probes.read_microservices_logs"] = PodCalls.LogsAsync,
        ["probes.secret_exists"] = ObjectCalls.SecretExistsAsync,
    };

    /// <summary>A pod goes too, the first of those with the labels whose name has the name in it. The name is put into the labels, which its model forgets.</summary>
    private static async Task<JsonNode?> KillAsync(ToolkitCall call)
    {
        await call.DeleteAllAsync(Resource.Deployments);
        await call.DeleteAllAsync(Resource.ReplicaSets);
        var pods = await call.ListAsync(Resource.Pods, call.Labels);
        await PodCalls.TerminateAsync(call, [.. pods.Where(pod => pod.Name().Contains(call.Name, StringComparison.Ordinal)).Take(1)], grace: -1);
        return null;
    }

    private static async Task<JsonNode?> HealthyAsync(ToolkitCall call) =>
        (await call.ListAsync(Resource.Pods, labels: null)).All(pod => pod.Text("status", "phase") is "Running" or "Succeeded") ? true : throw ToolkitCall.Fails("the system is unhealthy");
}
