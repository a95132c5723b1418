using System.Text.Json.Nodes;
using Crater.Lab.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>The node objects of a lab: all are this machine, or hollow, in three zones by turns.</summary>
internal static class LabNodes
{
    private const int PodsMax = 110;
    private const string Prefix = "node";
    private const string Agent = "crater://1";

    /// <summary>More than a scale test asks for: what a hollow node has is no machine's.</summary>
    private static readonly JsonObject HollowCapacity = new() { ["cpu"] = "1000", ["memory"] = "4Ti", ["pods"] = "1000", ["ephemeral-storage"] = "10Ti" };

    /// <summary>Whether it is one of the lab's nodes whose pods are processes.</summary>
    public static bool IsOurs(string name, int nodes) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(Prefix.Length), out var number) && number >= 1 && number <= nodes;

    /// <summary>Whether something answers for the node: the lab itself, with processes or hollow.</summary>
    public static bool HasAgent(JsonObject node) => HollowPods.IsHollow(node) || node.Text("status", "nodeInfo", "containerRuntimeVersion") == Agent;

    /// <summary>A node without processes; only pods that tolerate that come to it.</summary>
    public static JsonObject DescribeHollow(int number, IPodAddresses addresses, TimeProvider clock)
    {
        var node = Describe(number, addresses, clock);
        var name = $"hollow{number}";
        (node["metadata"]!["name"], node["metadata"]!["labels"]!["kubernetes.io/hostname"]) = (name, name);
        node["metadata"]!["labels"]![HollowPods.Label] = "true";
        node["spec"] = new JsonObject
        {
            ["taints"] = new JsonArray(new JsonObject { ["key"] = HollowPods.Label, ["value"] = "true", ["effect"] = "NoSchedule" }),
        };
        node["status"]!["addresses"]![1]!["address"] = name;
        (node["status"]!["capacity"], node["status"]!["allocatable"]) = (HollowCapacity.DeepClone(), HollowCapacity.DeepClone());
        node["status"]!["nodeInfo"]!["containerRuntimeVersion"] = "hollow://1";
        return node;
    }

    public static JsonObject Describe(int number, IPodAddresses addresses, TimeProvider clock)
    {
        var name = $"{Prefix}{number}";
        var now = clock.GetUtcNow();
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["uid"] = Guid.CreateVersion7(now).ToString(),
                ["creationTimestamp"] = now.Stamp(),
                ["labels"] = new JsonObject
                {
                    ["kubernetes.io/hostname"] = name,
                    ["kubernetes.io/os"] = "linux",
                    ["kubernetes.io/arch"] = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64",
                    ["topology.kubernetes.io/region"] = "lab",
                    ["topology.kubernetes.io/zone"] = $"zone-{(char)('a' + ((number - 1) % 3))}",
                },
            },
            ["spec"] = new JsonObject(),
            ["status"] = new JsonObject
            {
                ["addresses"] = new JsonArray(
                    new JsonObject { ["type"] = "InternalIP", ["address"] = addresses.OfNode(name) },
                    new JsonObject { ["type"] = "Hostname", ["address"] = name }),
                ["capacity"] = Capacity(),
                ["allocatable"] = Capacity(),
                ["nodeInfo"] = new JsonObject
                {
                    ["architecture"] = "amd64",
                    ["containerRuntimeVersion"] = Agent,
                    ["kernelVersion"] = Environment.OSVersion.Version.ToString(),
                    ["kubeletVersion"] = "v1.33.0+crater-lab",
                    ["operatingSystem"] = "linux",
                    ["osImage"] = "Crater lab",
                    ["kubeProxyVersion"] = "",
                    ["bootID"] = "",
                    ["machineID"] = "",
                    ["systemUUID"] = "",
                },
            },
        };
    }

    /// <summary>Each node claims the whole machine: the lab spreads pods over nodes to learn about placement, not to divide a small machine by three.</summary>
    private static JsonObject Capacity() => new()
    {
        ["cpu"] = Environment.ProcessorCount.ToString(),
        ["memory"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024}Ki",
        ["pods"] = PodsMax.ToString(),
        ["ephemeral-storage"] = "10Gi",
    };
}
