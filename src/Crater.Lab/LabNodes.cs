using System.Text.Json.Nodes;
using Crater.Lab.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>The node objects of a lab: all are this machine, in three zones by turns.</summary>
internal static class LabNodes
{
    private const int PodsMax = 110;

    public static JsonObject Describe(int number, IPodAddresses addresses, TimeProvider clock)
    {
        var name = $"node{number}";
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
                    ["containerRuntimeVersion"] = "crater://1",
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
