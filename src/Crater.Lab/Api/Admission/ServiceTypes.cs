using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>A service that becomes another type leaves behind what only the former type has, unless the writer gave it anew.</summary>
internal static class ServiceTypes
{
    public static void Leave(JsonObject spec, JsonObject? before)
    {
        if (before is null || before.Text("type") == spec.Text("type"))
        {
            return;
        }

        var isExternal = spec.Text("type") == "ExternalName";
        if (isExternal)
        {
            Drop(spec, before, "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy");
        }

        if (isExternal || spec.Text("type") == "ClusterIP")
        {
            Drop(spec, before, "externalTrafficPolicy", "allocateLoadBalancerNodePorts");
            var held = before.Each("ports").Select(port => port.Number("nodePort") ?? 0).Where(port => port > 0).ToHashSet();
            foreach (var port in spec.Each("ports").Where(port => held.Contains(port.Number("nodePort") ?? 0)))
            {
                port.Remove("nodePort");
            }
        }

        if (spec.Text("type") != "LoadBalancer")
        {
            Drop(spec, before, "loadBalancerClass", "healthCheckNodePort");
        }
    }

    /// <summary>Addresses of a load balancer are for a service that has one.</summary>
    public static void Balance(JsonObject service)
    {
        var balancer = service.Make("status", "loadBalancer");
        if (service.Text("spec", "type") != "LoadBalancer")
        {
            balancer.Clear();
        }

        foreach (var way in service.Each("status", "loadBalancer", "ingress").Where(way => way.Text("ip").Length > 0))
        {
            Defaults.Set(way, "ipMode", "VIP");
        }
    }

    private static void Drop(JsonObject spec, JsonObject before, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (spec[field] is { } value && JsonNode.DeepEquals(value, before[field]))
            {
                spec.Remove(field);
            }
        }
    }
}
