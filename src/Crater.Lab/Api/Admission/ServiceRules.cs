using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What services must and must not say.</summary>
internal static class ServiceRules
{
    private const int AffinitySecondsMax = 86_400;

    private static readonly string[] Types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    private static readonly string[] TrafficPolicies = ["Cluster", "Local"];
    private static readonly string[] FamilyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        foreach (var (key, value) in spec.Labels("selector"))
        {
            Names.CheckLabel("spec.selector", key, value, errors);
        }

        if (spec.Text("type") == "ExternalName")
        {
            External(spec, errors);
            return;
        }

        Ports(spec, errors);
        PodRules.OneOf("spec.type", spec.Text("type"), Types, errors);
        PodRules.OneOf("spec.sessionAffinity", spec.Text("sessionAffinity"), ["ClientIP", "None"], errors);
        if (spec.Text("sessionAffinity") == "ClientIP" && spec.Number("sessionAffinityConfig", "clientIP", "timeoutSeconds") is <= 0 or > AffinitySecondsMax)
        {
            errors.Invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", spec.At("sessionAffinityConfig", "clientIP", "timeoutSeconds"),
                $"must be greater than 0 and less than {AffinitySecondsMax}");
        }

        Addresses(spec, errors);
        Policies(spec, errors);
        Balancer(spec, errors);
    }

    private static void External(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Text("externalName") is { Length: > 0 } name)
        {
            Names.CheckSubdomain("spec.externalName", name.TrimEnd('.'), errors);
        }
        else
        {
            errors.Required("spec.externalName");
        }

        if (spec.Text("clusterIP") is not ("" or "None"))
        {
            errors.Forbidden("spec.clusterIPs", "may not be set for ExternalName services");
        }
    }

    private static void Addresses(JsonObject? spec, FieldErrors errors)
    {
        var address = spec.Text("clusterIP");
        if (address == "None")
        {
            if (spec.Text("type") is "NodePort" or "LoadBalancer")
            {
                errors.Invalid("spec.clusterIPs[0]", address, $"may not be set to 'None' for {spec.Text("type")} services");
            }
        }
        else if (address.Length > 0 && (address.Count(letter => letter == '.') != 3 || !IPAddress.TryParse(address, out _)))
        {
            errors.Invalid("spec.clusterIPs[0]", address, AddressRules.NoAddress);
        }

        foreach (var (index, outer) in spec.Texts("externalIPs").Index())
        {
            AddressRules.CheckAddress($"spec.externalIPs[{index}]", outer, errors);
        }
    }

    private static void Policies(JsonObject? spec, FieldErrors errors)
    {
        var isOuter = spec.Text("type") is "NodePort" or "LoadBalancer" || spec.Texts("externalIPs").Any();
        PodRules.OneOf("spec.internalTrafficPolicy", spec.Text("internalTrafficPolicy"), TrafficPolicies, errors);
        if (spec.Text("externalTrafficPolicy") is { Length: > 0 } outer)
        {
            if (!isOuter)
            {
                errors.Invalid("spec.externalTrafficPolicy", outer, "may only be set for externally-accessible services");
            }
            else
            {
                PodRules.OneOf("spec.externalTrafficPolicy", outer, TrafficPolicies, errors);
            }
        }

        PodRules.OneOf("spec.ipFamilyPolicy", spec.Text("ipFamilyPolicy"), FamilyPolicies, errors);
        if (spec.Text("ipFamilyPolicy") == "RequireDualStack")
        {
            errors.Invalid("spec.ipFamilyPolicy", "RequireDualStack", "this cluster is not configured for dual-stack services");
        }

        foreach (var (index, family) in spec.Texts("ipFamilies").Index())
        {
            if (family != "IPv4")
            {
                errors.Invalid($"spec.ipFamilies[{index}]", family, "not configured on this cluster");
            }
        }
    }

    private static void Balancer(JsonObject? spec, FieldErrors errors)
    {
        var isBalancer = spec.Text("type") == "LoadBalancer";
        if (spec.Texts("loadBalancerSourceRanges").Any() && !isBalancer)
        {
            errors.Forbidden("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'");
        }
        else
        {
            foreach (var (index, range) in spec.Texts("loadBalancerSourceRanges").Index())
            {
                AddressRules.CheckRange($"spec.LoadBalancerSourceRanges[{index}]", range.Trim(), errors);
            }
        }

        if (spec.Text("loadBalancerClass") is { Length: > 0 } balancer)
        {
            Names.CheckQualified("spec.loadBalancerClass", balancer, errors);
            if (!isBalancer)
            {
                errors.Forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
            }
        }

        if (spec.Number("healthCheckNodePort") is { } port and > 0 && !(isBalancer && spec.Text("externalTrafficPolicy") == "Local"))
        {
            errors.Invalid("spec.healthCheckNodePort", port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
        }
    }

    private static void Ports(JsonObject? spec, FieldErrors errors)
    {
        var ports = spec.Each("ports").ToList();
        if (ports.Count == 0 && spec.Text("clusterIP") != "None")
        {
            errors.Required("spec.ports");
        }

        var names = new HashSet<string>();
        var seen = new HashSet<(string, long?)>();
        for (var i = 0; i < ports.Count; i++)
        {
            var name = ports[i].Text("name");
            if (name.Length == 0 && ports.Count > 1)
            {
                errors.Required($"spec.ports[{i}].name");
            }
            else if (!names.Add(name))
            {
                errors.Duplicate($"spec.ports[{i}].name", name);
            }

            var protocol = ports[i].Text("protocol") is { Length: > 0 } named ? named : "TCP";
            if (!seen.Add((protocol, ports[i].Number("port"))))
            {
                errors.Add($"spec.ports[{i}]", "FieldValueDuplicate", "Duplicate value: "
                    + $"{{\"Name\":\"\",\"Protocol\":\"{protocol}\",\"AppProtocol\":null,\"Port\":{ports[i].Number("port")},\"TargetPort\":0,\"NodePort\":0}}");
            }

            Port(ports[i], $"spec.ports[{i}]", spec.Text("type"), errors);
        }
    }

    private static void Port(JsonObject port, string at, string type, FieldErrors errors)
    {
        PodRules.OneOf($"{at}.protocol", port.Text("protocol"), ["SCTP", "TCP", "UDP"], errors);
        if (port.Text("appProtocol") is { Length: > 0 } application)
        {
            Names.CheckQualified($"{at}.appProtocol", application, errors);
        }

        if (port.Number("nodePort") is { } nodePort and not 0)
        {
            if (type is "" or "ClusterIP")
            {
                errors.Forbidden($"{at}.nodePort", "may not be used when `type` is 'ClusterIP'");
            }
            else if (nodePort is < 30000 or > 32767)
            {
                errors.Invalid($"{at}.nodePort", port["nodePort"], "provided port is not in the valid range. The range of valid ports is 30000-32767");
            }
        }

        if (port.Number("port") is not (>= 1 and <= 65535))
        {
            errors.Invalid($"{at}.port", port.At("port") ?? 0, AddressRules.PortRange);
        }

        if (port.At("targetPort") is JsonValue target)
        {
            AddressRules.CheckPort($"{at}.targetPort", target, errors);
        }
    }
}
