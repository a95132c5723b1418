using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.node.</summary>
internal static class NodeCalls
{
    /// <summary>Between two looks whether evicted pods are gone.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // Each with the status that is well; a condition that a node does not have says nothing.
    private static readonly (string Type, string Status)[] Healthy =
    [
        ("FrequentKubeletRestart", "False"), ("FrequentDockerRestart", "False"), ("FrequentContainerdRestart", "False"), ("ReadonlyFilesystem", "False"), ("KernelDeadlock", "False"),
        ("CorruptDockerOverlay2", "False"), ("FrequentUnregisterNetDevice", "False"), ("NetworkUnavailable", "False"), ("MemoryPressure", "False"), ("DiskPressure", "False"),
        ("PIDPressure", "False"), ("Ready", "True"),
    ];

    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["node.actions.create_node"] = CreateAsync,
        ["node.actions.delete_nodes"] = DeleteAsync,
        ["node.actions.cordon_node"] = async call => await CordonAsync(call, await SelectAsync(call, call.Arguments.TextOrNull("name"), count: null, isFirst: false), isCordon: true),
        ["node.actions.uncordon_node"] = async call => await CordonAsync(call, await SelectAsync(call, call.Arguments.TextOrNull("name"), count: null, isFirst: false), isCordon: false),
        ["node.actions.drain_nodes"] = DrainAsync,
        ["node.probes.get_nodes"] = async call => await call.Client.RawAsync($"{Resource.Nodes.Path(null)}{Query(call)}", call.Abort),
        ["node.probes.get_all_node_status_conditions"] = async call => new JsonArray([.. (await ConditionsAsync(call)).Select(node => (JsonNode)node)]),
        ["node.probes.all_nodes_must_be_ready_to_schedule"] = async call => (await ConditionsAsync(call)).All(node => node.Text("Ready") == "True"),
        ["node.probes.verify_nodes_condition"] = async call => (await ConditionsAsync(call)).All(node => node.Text(call.Arguments.Text("condition_type")) == call.Arguments.Text("condition_value")),
        ["node.probes.nodes_must_be_healthy"] = async call => (await ConditionsAsync(call)).All(node => Healthy.All(well => node.Text(well.Type) is var status && (status.Length == 0 || status == well.Status))),
    };

    private static string Query(ToolkitCall call) => call.Arguments.IsTrue("label_selector") ? $"?labelSelector={Uri.EscapeDataString(call.Arguments.Text("label_selector"))}" : "";

    private static async Task<IReadOnlyList<JsonObject>> ConditionsAsync(ToolkitCall call)
    {
        var nodes = await call.ListAsync(Resource.Nodes, null, call.Arguments.TextOrNull("label_selector"), name: null);
        return [.. nodes.Select(node =>
        {
            var conditions = new JsonObject { ["name"] = node.Name() };
            foreach (var condition in node.Objects("status", "conditions"))
            {
                conditions[condition.Text("type")] = condition.Text("status");
            }

            return conditions;
        })];
    }

    private static async Task<IReadOnlyList<JsonObject>> SelectAsync(ToolkitCall call, string? name, int? count, bool isFirst)
    {
        var nodes = await call.ListAsync(Resource.Nodes, null, call.Arguments.TextOrNull("label_selector"), name);
        if (call.Arguments.IsTrue("pod_label_selector") && call.Arguments.IsTrue("pod_namespace"))
        {
            var pods = await call.ListAsync(Resource.Pods, call.Arguments.Text("pod_namespace"), call.Arguments.Text("pod_label_selector"), name: null);
            // Once for every such pod, as its model has it: a node that runs two of them is twice as likely to be drawn.
            nodes = [.. nodes.SelectMany(node => pods.Where(pod => pod.Text("spec", "nodeName") == node.Name()).Select(_ => node))];
        }

        if (nodes.Count == 0)
        {
            throw ToolkitCall.Fails("failed to find a node that matches selector");
        }

        return isFirst ? [nodes[0]]
            : count is { } drawn ? RandomNumberGenerator.GetItems<JsonObject>(nodes.ToArray(), drawn)
            : nodes;
    }

    private static int? Count(ToolkitCall call) => call.Arguments["count"] is null ? null : (int)call.Arguments.Whole("count");

    private static async Task<JsonNode?> CordonAsync(ToolkitCall call, IReadOnlyList<JsonObject> nodes, bool isCordon)
    {
        foreach (var node in nodes)
        {
            try
            {
                var patch = new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = isCordon } };
                await call.Client.PatchAsync(Resource.Nodes, null, node.Name(), PatchForm.Strategic, patch, null, call.Abort);
            }
            catch (KubernetesException error)
            {
                throw ToolkitCall.Fails($"Failed to {(isCordon ? "unschedule" : "schedule")} node '{node.Name()}': {error.Message}");
            }
        }

        return Names(nodes);
    }

    private static async Task<JsonNode?> CreateAsync(ToolkitCall call)
    {
        var node = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = call.Arguments["meta"]?.DeepClone(),
            ["spec"] = call.Arguments["spec"]?.DeepClone(),
        };
        try
        {
            return await call.Client.CreateAsync(Resource.Nodes, null, node, call.Abort);
        }
        catch (KubernetesException error)
        {
            throw ToolkitCall.Fails($"Creating new node failed: {error.Message}");
        }
    }

    private static async Task<JsonNode?> DeleteAsync(ToolkitCall call)
    {
        var (all, drawn, count) = (call.Arguments.IsTrue("all"), call.Arguments.IsTrue("rand"), Count(call));
        if (all)
        {
            // The model fails here before it deletes anything, and documents that delete every node are none to be repaired in passing.
            throw PythonErrors.Raised(ToolkitCall.Failure, "TypeError", "cannot unpack non-iterable NoneType object", "Name the nodes by label_selector and give count.");
        }

        var nodes = await SelectAsync(call, name: null, drawn ? 1 : count, isFirst: !drawn && count is null or < 1);
        var grace = call.Arguments["grace_period_seconds"] is null ? (int?)null : (int)call.Arguments.Whole("grace_period_seconds");
        foreach (var node in nodes)
        {
            await call.Client.DeleteAsync(Resource.Nodes, null, node.Name(), new DeleteRequest { GraceSeconds = grace }, call.Abort);
        }

        return Names(nodes);
    }

    private static async Task<JsonNode?> DrainAsync(ToolkitCall call)
    {
        var nodes = await SelectAsync(call, call.Arguments.TextOrNull("name"), Count(call), isFirst: false);
        await CordonAsync(call, nodes, isCordon: true);
        foreach (var node in nodes)
        {
            var pods = await call.Client.ListAsync(Resource.Pods, null, new ListQuery { FieldSelector = $"spec.nodeName={node.Name()}" }, call.Abort);
            var evicted = pods.Items.Where(pod => pod.Text("spec", "nodeName") == node.Name() && IsEvicted(call, pod, node.Name())).ToList();
            foreach (var pod in evicted)
            {
                await EvictAsync(call, pod);
            }

            await GoneAsync(call, evicted);
        }

        return Names(nodes);
    }

    private static bool IsEvicted(ToolkitCall call, JsonObject pod, string node)
    {
        if (pod.Map("metadata", "annotations").ContainsKey("kubernetes.io/config.mirror"))
        {
            return false;
        }

        if (pod.Objects("spec", "volumes").Any(volume => volume.At("emptyDir") is not null))
        {
            return call.Arguments.IsTrue("delete_pods_with_local_storage");
        }

        if (pod.Text("status", "phase") is "Succeeded" or "Failed")
        {
            return true;
        }

        var owners = pod.Objects("metadata", "ownerReferences").ToList();
        return owners.FirstOrDefault(owner => owner.Flag("controller") || owner.Text("kind") == "DaemonSet") is { } decisive
            ? decisive.Text("kind") != "DaemonSet"
            : throw ToolkitCall.Fails($"Pod '{pod.Name()}' on node '{node}' is unmanaged, cannot drain this node. Delete it manually first?");
    }

    private static async Task EvictAsync(ToolkitCall call, JsonObject pod)
    {
        try
        {
            await call.Client.EvictAsync(pod.Namespace(), pod.Name(), new DeleteRequest(), call.Abort);
        }
        catch (KubernetesException error)
        {
            throw ToolkitCall.Fails($"Failed to evict pod {pod.Name()}: {error.Message}");
        }
    }

    private static async Task GoneAsync(ToolkitCall call, List<JsonObject> pods)
    {
        var timeout = call.Arguments.Number("timeout");
        var began = call.Clock.GetTimestamp();
        while (true)
        {
            List<JsonObject> left = [];
            foreach (var pod in pods)
            {
                if ((await call.Client.FindAsync(Resource.Pods, pod.Namespace(), pod.Name(), call.Abort))?.Uid() == pod.Uid())
                {
                    left.Add(pod);
                }
            }

            if (left.Count == 0)
            {
                return;
            }

            pods = left;
            if (call.Clock.GetElapsedTime(began).TotalSeconds > timeout)
            {
                throw ToolkitCall.Fails($"Draining nodes did not completed within {call.Arguments.Text("timeout")}s. Remaining pods are:\n{string.Join('\n', pods.Select(pod => pod.Name()))}");
            }

            await Task.Delay(LookEvery, call.Clock, call.Abort);
        }
    }

    private static JsonArray Names(IEnumerable<JsonObject> nodes) => new([.. nodes.Select(node => (JsonNode)node.Name())]);
}
