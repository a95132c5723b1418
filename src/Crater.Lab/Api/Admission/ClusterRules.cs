using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What roles, claims, budgets, priorities and secrets must and must not say.</summary>
internal static class ClusterRules
{
    /// <summary>Above it are the cluster's own priority classes.</summary>
    private const long PriorityMax = 1_000_000_000;

    private static readonly string[] VolumeSources =
        ["hostPath", "local", "nfs", "csi", "iscsi", "fc", "rbd", "cephfs", "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "azureFile", "vsphereVolume", "flexVolume", "portworxVolume"];

    private static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

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
                else if (rule.Texts("apiGroups").Any() || rule.Texts("resources").Any())
                {
                    errors.Invalid($"{at}.nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
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

            if (isCluster && subject.Text("kind") == "ServiceAccount" && subject.Text("namespace").Length == 0)
            {
                errors.Required($"subjects[{index}].namespace");
            }
        }
    }

    public static void CheckClaim(JsonObject? spec, string path, FieldErrors errors)
    {
        var modes = spec.Texts("accessModes").ToList();
        if (modes.Count == 0)
        {
            errors.Required($"{path}.accessModes", "at least 1 access mode is required");
        }

        foreach (var mode in modes)
        {
            PodRules.OneOf($"{path}.accessModes", mode, AccessModes, errors);
        }

        if (spec.Text("resources", "requests", "storage").Length == 0)
        {
            errors.Required($"{path}.resources[storage]");
        }
        else if (Amounts.Of(spec.At("resources", "requests", "storage")) <= 0)
        {
            errors.Invalid($"{path}.resources[storage]", spec.Text("resources", "requests", "storage"), "must be greater than zero");
        }

        PodRules.OneOf($"{path}.volumeMode", spec.Text("volumeMode"), ["Block", "Filesystem"], errors);
    }

    public static void CheckBudget(JsonObject? spec, FieldErrors errors)
    {
        foreach (var field in (string[])["minAvailable", "maxUnavailable"])
        {
            if (spec.At(field) is JsonValue value)
            {
                CountOrShare.Check($"spec.{field}", value, errors);
                CountOrShare.CheckAtMostAll($"spec.{field}", value, errors);
            }
        }

        CheckBothBounds(spec, errors);
        PodRules.OneOf("spec.unhealthyPodEvictionPolicy", spec.Text("unhealthyPodEvictionPolicy"), ["AlwaysAllow", "IfHealthyBudget"], errors);
        SelectorRules.Check(spec.Map("selector"), "spec.selector", errors);
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
        PodRules.OneOf("preemptionPolicy", priority.Text("preemptionPolicy"), ["PreemptLowerPriority", "Never"], errors);
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

    public static void CheckSecret(JsonObject secret, FieldErrors errors)
    {
        string[] wanted = secret.Text("type") switch
        {
            "kubernetes.io/tls" => ["tls.crt", "tls.key"],
            "kubernetes.io/dockerconfigjson" => [".dockerconfigjson"],
            "kubernetes.io/ssh-auth" => ["ssh-privatekey"],
            "kubernetes.io/basic-auth" when secret.At("data", "username") is null && secret.At("data", "password") is null => ["username", "password"],
            _ => [],
        };
        if (secret.Text("type") == "kubernetes.io/dockerconfigjson" && secret.Text("data", ".dockerconfigjson") is { Length: > 0 } encoded && !IsDocument(encoded))
        {
            errors.Add("data[.dockerconfigjson]", "FieldValueInvalid", "Invalid value: \"<secret contents redacted>\": it is not a JSON document");
        }

        foreach (var key in wanted.Where(key => secret.At("data", key) is null))
        {
            errors.Required($"data[{key}]");
        }

        if (secret.Text("type") == "kubernetes.io/service-account-token" && secret.Text("metadata", "annotations", "kubernetes.io/service-account.name").Length == 0)
        {
            errors.Required("metadata.annotations[kubernetes.io/service-account.name]");
        }
    }

    private static bool IsDocument(string encoded)
    {
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(encoded)) is JsonObject;
        }
        catch (Exception problem) when (problem is System.Text.Json.JsonException or FormatException)
        {
            return false;
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

        var sources = (spec ?? []).Select(pair => pair.Key).Where(VolumeSources.Contains).OrderBy(source => Array.IndexOf(VolumeSources, source)).ToList();
        if (sources.Count == 0)
        {
            errors.Required("spec", "must specify a volume type");
        }

        foreach (var second in sources.Skip(1))
        {
            errors.Forbidden($"spec.{second}", "may not specify more than 1 volume type");
        }

        PodRules.OneOf("spec.persistentVolumeReclaimPolicy", spec.Text("persistentVolumeReclaimPolicy"), ["Delete", "Recycle", "Retain"], errors);
    }
}
