using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What roles, claims, budgets, priorities, quotas and secrets must and must not say.</summary>
internal static class ClusterRules
{
    /// <summary>Above it are the cluster's own priority classes.</summary>
    private const long PriorityMax = 1_000_000_000;

    private static readonly string[] VolumeSources =
        ["hostPath", "local", "nfs", "csi", "iscsi", "fc", "rbd", "cephfs", "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "azureFile", "vsphereVolume", "flexVolume", "portworxVolume"];

    private static readonly string[] QuotaNames =
    [
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers",
    ];

    private static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    private static readonly string[] PolicyTypes = ["Ingress", "Egress"];

    public static void CheckRole(JsonObject role, bool isCluster, FieldErrors errors)
    {
        foreach (var (rule, index) in role.Each("rules").Select((rule, index) => (rule, index)))
        {
            var at = $"rules[{index}]";
            if (!rule.Texts("verbs").Any())
            {
                errors.Required($"{at}.verbs", "verbs must contain at least one value");
            }

            if (rule.Texts("nonResourceURLs").Any())
            {
                if (!isCluster)
                {
                    errors.Invalid($"{at}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
                }

                continue;
            }

            if (!rule.Texts("apiGroups").Any())
            {
                errors.Required($"{at}.apiGroups", "resource rules must supply at least one api group");
            }

            if (!rule.Texts("resources").Any())
            {
                errors.Required($"{at}.resources", "resource rules must supply at least one resource");
            }
        }
    }

    public static void CheckBinding(JsonObject binding, bool isCluster, FieldErrors errors)
    {
        var kind = binding.Text("roleRef", "kind");
        if (isCluster ? kind != "ClusterRole" : kind is not ("Role" or "ClusterRole"))
        {
            errors.NotSupported("roleRef.kind", kind, isSorted: false, isCluster ? ["ClusterRole"] : ["Role", "ClusterRole"]);
        }

        if (binding.Text("roleRef", "name").Length == 0)
        {
            errors.Required("roleRef.name");
        }

        foreach (var (subject, index) in binding.Each("subjects").Select((subject, index) => (subject, index)))
        {
            if (subject.Text("name").Length == 0)
            {
                errors.Required($"subjects[{index}].name");
            }

            PodRules.OneOf($"subjects[{index}].kind", subject.Text("kind"), ["ServiceAccount", "User", "Group"], errors);

            if (subject.Text("kind") == "ServiceAccount" && subject.Text("namespace").Length == 0)
            {
                errors.Required($"subjects[{index}].namespace");
            }
        }
    }

    public static void CheckClaim(JsonObject? spec, FieldErrors errors)
    {
        var modes = spec.Texts("accessModes").ToList();
        if (modes.Count == 0)
        {
            errors.Required("spec.accessModes", "at least 1 access mode is required");
        }

        foreach (var mode in modes)
        {
            PodRules.OneOf("spec.accessModes", mode, AccessModes, errors);
        }

        if (spec.Text("resources", "requests", "storage").Length == 0)
        {
            errors.Required("spec.resources[storage]");
        }
        else if (Amounts.Of(spec.At("resources", "requests", "storage")) <= 0)
        {
            errors.Invalid("spec.resources[storage]", spec.Text("resources", "requests", "storage"), "must be greater than zero");
        }
    }

    public static void CheckBudget(JsonObject? spec, FieldErrors errors)
    {
        foreach (var field in (string[])["minAvailable", "maxUnavailable"])
        {
            if (spec.At(field) is JsonValue value && !IsCountOrShare(value.Text()))
            {
                errors.Invalid($"spec.{field}", value, "must be greater than or equal to 0");
            }
        }

        CheckBothBounds(spec, errors);
    }

    private static void CheckBothBounds(JsonObject? spec, FieldErrors errors)
    {
        if (spec?["minAvailable"] is { } least && spec["maxUnavailable"] is { } most)
        {
            errors.Add("spec", "FieldValueInvalid", $"Invalid value: {{\"MinAvailable\":{least.ToJsonString()},\"Selector\":{(spec["selector"] is null ? "null" : "{}")},"
                + $"\"MaxUnavailable\":{most.ToJsonString()},\"UnhealthyPodEvictionPolicy\":null}}: minAvailable and maxUnavailable cannot be both set");
        }
    }

    public static void CheckPriority(JsonObject priority, FieldErrors errors)
    {
        if (priority.Name().StartsWith("system-", StringComparison.Ordinal))
        {
            if (priority.Name() is not ("system-node-critical" or "system-cluster-critical"))
            {
                errors.Forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only. error: "
                    + $"{priority.Name()} is not a known system priority class");
            }
        }
        else if (priority.Number("value") > PriorityMax)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {PriorityMax}");
        }
    }

    public static void CheckNetworkPolicy(JsonObject? spec, FieldErrors errors)
    {
        foreach (var side in (string[])["ingress", "egress"])
        {
            foreach (var (rule, index) in spec.Each(side).Select((rule, index) => (rule, index)))
            {
                foreach (var (port, at) in rule.Each("ports").Select((port, at) => (port, at)))
                {
                    if (port["port"] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number && port.Number("port") is < 1 or > 65535)
                    {
                        errors.Invalid($"spec.{side}[{index}].ports[{at}].port", port["port"], "must be between 1 and 65535, inclusive");
                    }
                }
            }
        }

        foreach (var (type, index) in spec.Texts("policyTypes").Select((type, index) => (type, index)))
        {
            PodRules.OneOf($"spec.policyTypes[{index}]", type, PolicyTypes, errors);
        }
    }

    public static void CheckSecret(JsonObject secret, FieldErrors errors)
    {
        string[] wanted = secret.Text("type") switch
        {
            "kubernetes.io/tls" => ["tls.crt", "tls.key"],
            "kubernetes.io/dockerconfigjson" => [".dockerconfigjson"],
            "kubernetes.io/ssh-auth" => ["ssh-privatekey"],
            _ => [],
        };
        foreach (var key in wanted.Where(key => secret.At("data", key) is null))
        {
            errors.Required($"data[{key}]");
        }
    }

    public static void CheckVolume(JsonObject? spec, FieldErrors errors)
    {
        if (!spec.Texts("accessModes").Any())
        {
            errors.Required("spec.accessModes");
        }

        if (spec.Map("capacity") is not { Count: > 0 })
        {
            errors.Required("spec.capacity");
        }

        if (spec.Map("capacity") is not { Count: 1 } capacity || capacity["storage"] is null)
        {
            errors.Add("spec.capacity", "FieldValueNotSupported", "Unsupported value: null: supported values: \"storage\"");
        }

        if (!(spec ?? []).Any(pair => VolumeSources.Contains(pair.Key)))
        {
            errors.Required("spec", "must specify a volume type");
        }
    }

    public static void CheckQuota(JsonObject? spec, FieldErrors errors)
    {
        foreach (var (name, value) in (spec.Map("hard") ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!name.Contains('/', StringComparison.Ordinal) && !QuotaNames.Contains(name))
            {
                errors.Invalid($"spec.hard[{name}]", name, "must be a standard resource type or fully qualified");
                errors.Invalid($"spec.hard[{name}]", name, "must be a standard resource for quota");
            }

            if (value.Text().StartsWith('-'))
            {
                errors.Invalid($"spec.hard[{name}]", value, "must be greater than or equal to 0");
            }
        }
    }

    /// <summary>A whole number from zero, or a share in percent.</summary>
    private static bool IsCountOrShare(string text) => text.EndsWith('%') ? int.TryParse(text[..^1], out var share) && share is >= 0 and <= 100
        : int.TryParse(text, out var count) && count >= 0;
}
