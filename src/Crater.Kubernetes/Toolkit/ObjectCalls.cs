using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.namespace, .secret, .service and .event.</summary>
internal static class ObjectCalls
{
    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["namespace.actions.create_namespace"] = CreateNamespaceAsync,
        ["namespace.actions.delete_namespace"] = async call =>
        {
            await call.Client.DeleteAsync(Resource.Namespaces, null, call.Name, new DeleteRequest(), call.Abort);
            return null;
        },
        ["namespace.probes.namespace_exists"] = async call => (await call.ListAsync(Resource.Namespaces, null, labels: null, call.Name)).Count > 0,
        ["secret.actions.create_secret"] = call => call.CreateFromFileAsync(Resource.Secrets, call.Space),
        ["secret.actions.delete_secret"] = call => call.DeleteOneAsync(Resource.Secrets),
        ["secret.probes.secret_exists"] = SecretExistsAsync,
        ["service.actions.create_service_endpoint"] = call => call.CreateFromFileAsync(Resource.Services, call.Space),
        ["service.actions.delete_service"] = call => call.DeleteOneAsync(Resource.Services),
        ["service.probes.service_is_initialized"] = call => ServiceAsync(call, call.Arguments.TextOrNull("label_selector"), "raise_if_service_not_initialized"),
        ["event.probes.get_events"] = EventsAsync,
    };

    public static async Task<JsonNode?> SecretExistsAsync(ToolkitCall call) =>
        (await call.ListAsync(Resource.Secrets, call.Arguments.TextOrNull("label_selector"), call.Arguments.TextOrNull("name"))).Count > 0;

    /// <param name="raises">The argument that says whether none is a failure; empty where it always is.</param>
    public static async Task<JsonNode?> ServiceAsync(ToolkitCall call, string? labels, string raises)
    {
        if ((await call.ListAsync(Resource.Services, labels, call.Arguments.TextOrNull("name"))).Count > 0)
        {
            return true;
        }

        var text = $"service '{call.Arguments.TextOrNull("name") ?? "None"}' is not initialized";
        return raises.Length > 0 ? call.Unmet(text, raises) : throw ToolkitCall.Fails(text);
    }

    private static async Task<JsonNode?> CreateNamespaceAsync(ToolkitCall call)
    {
        var made = call.Arguments.IsTrue("spec_path") ? ToolkitCall.FileAt(call.Arguments.Text("spec_path"))
            : call.Arguments.IsTrue("name") ? new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = call.Name } }
            : throw ToolkitCall.Fails("You need to either specify name or spec_path");
        await call.Client.CreateAsync(Resource.Namespaces, null, made, call.Abort);
        return null;
    }

    private static async Task<JsonNode?> EventsAsync(ToolkitCall call)
    {
        var query = $"limit={call.Arguments.Whole("limit")}";
        foreach (var (argument, parameter) in new[] { ("label_selector", "labelSelector"), ("field_selector", "fieldSelector") })
        {
            query += call.Arguments.IsTrue(argument) ? $"&{parameter}={Uri.EscapeDataString(call.Arguments.Text(argument))}" : "";
        }

        return await call.Client.RawAsync($"apis/events.k8s.io/v1/events?{query}", call.Abort);
    }
}
