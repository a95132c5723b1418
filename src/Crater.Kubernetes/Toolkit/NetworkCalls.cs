using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.networking.</summary>
internal static class NetworkCalls
{
    private const string DenyIngress = "chaostoolkit-deny-all-ingress";
    private const string DenyEgress = "chaostoolkit-deny-all-egress";
    private const string AllowDns = "chaostoolkit-allow-dns";

    private static readonly Resource Policies = new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true);

    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["networking.actions.create_ingress"] = call => call.CreateFromFileAsync(Resource.Ingresses, call.Space),
        ["networking.actions.delete_ingress"] = call => call.DeleteOneAsync(Resource.Ingresses),
        // Its model's failure speaks of a daemon set.
        ["networking.actions.update_ingress"] = call => call.PatchAsync(Resource.Ingresses, call.Arguments["spec"]!.DeepClone(), $"failed to update daemon set '{call.Name}'"),
        ["networking.probes.ingress_exists"] = async call => (await call.ListAsync(Resource.Ingresses, labels: null, call.Name)).Count > 0,
        ["networking.actions.create_network_policy"] = call => CreateAsync(call, Given(call)),
        ["networking.actions.remove_network_policy"] = call => call.DeleteOneAsync(Policies),
        ["networking.actions.deny_all_ingress"] = call => CreateAsync(call, Policy(call, DenyIngress, "Ingress", "ingress", new JsonArray())),
        ["networking.actions.remove_deny_all_ingress"] = call => call.DeleteOneAsync(Policies, DenyIngress),
        ["networking.actions.deny_all_egress"] = call => CreateAsync(call, Policy(call, DenyEgress, "Egress", "", null)),
        ["networking.actions.remove_deny_all_egress"] = call => call.DeleteOneAsync(Policies, DenyEgress),
        ["networking.actions.allow_dns_access"] = call => CreateAsync(call, Policy(call, AllowDns, "Egress", "egress", new JsonArray(new JsonObject
        {
            ["to"] = new JsonArray(new JsonObject { ["namespaceSelector"] = new JsonObject() }),
            ["ports"] = new JsonArray(new JsonObject { ["port"] = 53, ["protocol"] = "UDP" }, new JsonObject { ["port"] = 53, ["protocol"] = "TCP" }),
        }))),
        ["networking.actions.remove_allow_dns_access"] = call => call.DeleteOneAsync(Policies, AllowDns),
    };

    private static async Task<JsonNode?> CreateAsync(ToolkitCall call, JsonObject policy)
    {
        await call.Client.CreateAsync(Policies, call.Space, policy, call.Abort);
        return null;
    }

    private static JsonObject Given(ToolkitCall call) => call.Arguments.IsTrue("spec_path") && File.Exists(call.Arguments.Text("spec_path"))
        ? ToolkitCall.FileAt(call.Arguments.Text("spec_path"))
        : call.Arguments["spec"]?.DeepClone() as JsonObject ?? throw PythonErrors.Raised(
            ToolkitCall.Failure, "ValueError", "Missing the required parameter `body` when calling `create_namespaced_network_policy`");

    private static JsonObject Policy(ToolkitCall call, string name, string type, string rule, JsonArray? rules)
    {
        var selector = new JsonObject();
        if (call.Arguments.IsTrue("label_selectors"))
        {
            selector["matchLabels"] = call.Arguments["label_selectors"]!.DeepClone();
        }

        var spec = new JsonObject { ["podSelector"] = selector, ["policyTypes"] = new JsonArray(type) };
        if (rules is not null)
        {
            spec[rule] = rules;
        }

        return new JsonObject { ["apiVersion"] = Policies.ApiVersion, ["kind"] = Policies.Kind, ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec };
    }
}
