using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a pod says beside its containers: volumes, tolerations, selectors, policies.</summary>
internal static class PodSpecRules
{
    private static readonly string[] DnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    private static readonly string[] Operators = ["Equal", "Exists"];
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        PodRules.OneOf($"{path}.dnsPolicy", spec.Text("dnsPolicy"), DnsPolicies, errors);
        if (spec.Number("activeDeadlineSeconds") is < 1 or > int.MaxValue)
        {
            errors.Invalid($"{path}.activeDeadlineSeconds", spec["activeDeadlineSeconds"], "must be between 1 and 2147483647, inclusive");
        }

        if (spec.Text("hostname") is { Length: > 0 } hostname)
        {
            Names.CheckContainerName($"{path}.hostname", hostname, errors);
        }

        foreach (var (key, value) in spec.Labels("nodeSelector"))
        {
            Names.CheckLabel($"{path}.nodeSelector", key, value, errors);
        }

        if (spec.Text("subdomain") is { Length: > 0 } subdomain)
        {
            if (subdomain.Contains('.', StringComparison.Ordinal))
            {
                errors.Invalid($"{path}.subdomain", subdomain, "must not contain dots");
            }
            else
            {
                Names.CheckContainerName($"{path}.subdomain", subdomain, errors);
            }
        }

        if (spec.Text("nodeName") is { Length: > 0 } node)
        {
            Names.CheckSubdomain($"{path}.nodeName", node, errors);
        }

        if (spec.Map("os") is not null && spec.Text("os", "name") is not ("linux" or "windows"))
        {
            errors.NotSupported($"{path}.os", spec.Text("os", "name"), "linux", "windows");
        }

        foreach (var (index, gate) in spec.Each("readinessGates").Index())
        {
            Names.CheckQualified($"{path}.readinessGates[{index}].conditionType", gate.Text("conditionType"), errors);
        }

        SecurityRules.CheckPod(spec, path, errors);
        AffinityRules.Check(spec, path, errors);
        Resolution(spec, path, errors);
        Volumes(spec, path, errors);
        foreach (var (toleration, index) in spec.Each("tolerations").Select((toleration, index) => (toleration, index)))
        {
            Toleration(toleration, $"{path}.tolerations[{index}]", errors);
        }
    }

    private static void Volumes(JsonObject spec, string path, FieldErrors errors)
    {
        HashSet<string> names = [];
        foreach (var (volume, index) in spec.Each("volumes").Select((volume, index) => (volume, index)))
        {
            var at = $"{path}.volumes[{index}]";
            var sources = volume.Where(pair => pair.Key != "name").Select(pair => pair.Key).ToList();
            foreach (var second in sources.Skip(1))
            {
                errors.Forbidden($"{at}.{second}", "may not specify more than 1 volume type");
            }

            if (sources.Count == 1)
            {
                VolumeRules.Check(volume, at, errors);
            }

            if (volume.Text("name").Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else if (!names.Add(volume.Text("name")))
            {
                errors.Duplicate($"{at}.name", volume.Text("name"));
            }
            else
            {
                Names.CheckContainerName($"{at}.name", volume.Text("name"), errors);
            }
        }
    }

    private static void Resolution(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec.Text("dnsPolicy") == "None" && spec.Map("dnsConfig") is null)
        {
            errors.Required($"{path}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None");
        }

        foreach (var (index, server) in spec.Texts("dnsConfig", "nameservers").Index())
        {
            AddressRules.CheckAddress($"{path}.dnsConfig.nameservers[{index}]", server, errors);
        }

        foreach (var (index, alias) in spec.Each("hostAliases").Index())
        {
            AddressRules.CheckAddress($"{path}.hostAliases[{index}].ip", alias.Text("ip"), errors);
            foreach (var (i, name) in alias.Texts("hostnames").Index())
            {
                Names.CheckSubdomain($"{path}.hostAliases[{index}].hostnames[{i}]", name, errors);
            }
        }
    }

    private static void Toleration(JsonObject toleration, string at, FieldErrors errors)
    {
        PodRules.OneOf($"{at}.operator", toleration.Text("operator"), Operators, errors);
        PodRules.OneOf($"{at}.effect", toleration.Text("effect"), Effects, errors);
        if (toleration.Text("key").Length == 0 && toleration.Text("operator") != "Exists")
        {
            errors.Invalid($"{at}.operator", toleration.Text("operator"), "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
        }

        if (toleration.Text("operator") == "Exists" && toleration.Text("value").Length > 0)
        {
            errors.Invalid($"{at}.operator", toleration.Text("value"), "value must be empty when `operator` is 'Exists'");
        }

        if (toleration["tolerationSeconds"] is not null && toleration.Text("effect") is not ("NoExecute" or ""))
        {
            errors.Invalid($"{at}.effect", toleration.Text("effect"), "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
    }
}
