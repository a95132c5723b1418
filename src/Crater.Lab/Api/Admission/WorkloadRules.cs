using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What deployments and sets must and must not say.</summary>
internal static class WorkloadRules
{
    private const string NotNegative = "must be greater than or equal to 0";

    public static void Check(string kind, JsonObject? spec, FieldErrors errors)
    {
        CheckNotNegative(spec, "replicas", errors);
        CheckNotNegative(spec, "minReadySeconds", errors);
        CheckNotNegative(spec, "revisionHistoryLimit", errors);
        var selector = spec.Map("selector");
        var isSound = true;
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else if (!SelectorRules.Check(selector, "spec.selector", errors))
        {
            isSound = false;
            errors.Invalid("spec.selector", selector, "invalid label selector");
        }
        else if ((selector.Map("matchLabels")?.Count ?? 0) == 0 && !selector.Each("matchExpressions").Any())
        {
            errors.Invalid("spec.selector", selector, $"empty selector is invalid for {(kind == "ReplicaSet" ? "deployment" : kind.ToLowerInvariant())}");
        }

        var labels = spec.Labels("template", "metadata", "labels");
        if (isSound && (selector is null || !ObjectSelector.Matches(selector, labels)))
        {
            errors.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels"), "`selector` does not match template `labels`");
        }

        PodRules.Check(spec.Map("template", "spec"), "spec.template.spec", errors, spec.Each("volumeClaimTemplates").Select(claim => claim.Name()));
        if (spec.Text("template", "spec", "restartPolicy") is { Length: > 0 } policy and not "Always")
        {
            errors.NotSupported("spec.template.spec.restartPolicy", policy, "Always");
        }

        if (spec.At("template", "spec", "activeDeadlineSeconds") is not null)
        {
            errors.Forbidden("spec.template.spec.activeDeadlineSeconds", $"activeDeadlineSeconds in {(kind == "Deployment" ? "ReplicaSet" : kind)} is not Supported");
        }

        if (kind is "Deployment" or "DaemonSet")
        {
            CheckRolling(spec, kind == "Deployment" ? "strategy" : "updateStrategy", errors);
        }

        if (kind == "StatefulSet")
        {
            CheckStateful(spec, errors);
        }

        if (kind == "Deployment")
        {
            if (spec.Number("progressDeadlineSeconds") is { } deadline && deadline <= (spec.Number("minReadySeconds") ?? 0))
            {
                errors.Invalid("spec.progressDeadlineSeconds", spec.At("progressDeadlineSeconds"), "must be greater than minReadySeconds");
            }

            if (spec.Text("strategy", "type") is not ("" or "Recreate" or "RollingUpdate"))
            {
                errors.Add("spec.strategy", "FieldValueNotSupported", $"Unsupported value: {{\"Type\":\"{spec.Text("strategy", "type")}\",\"RollingUpdate\":null}}: supported values: \"Recreate\", \"RollingUpdate\"");
            }

            if (spec.Text("strategy", "type") == "Recreate" && spec.Map("strategy", "rollingUpdate") is not null)
            {
                errors.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
            }
        }
    }

    private static void CheckRolling(JsonObject? spec, string field, FieldErrors errors)
    {
        if (field == "updateStrategy" && spec.Text(field, "type") is not ("" or "RollingUpdate" or "OnDelete"))
        {
            errors.Add("spec.updateStrategy", "FieldValueNotSupported",
                $"Unsupported value: {{\"Type\":\"{spec.Text(field, "type")}\",\"RollingUpdate\":null}}: supported values: \"RollingUpdate\", \"OnDelete\"");
            return;
        }

        if (spec.Map(field, "rollingUpdate") is not { } rolling || spec.Text(field, "type") == "Recreate")
        {
            return;
        }

        foreach (var name in (string[])["maxUnavailable", "maxSurge"])
        {
            if (rolling[name] is JsonValue value)
            {
                CountOrShare.Check($"spec.{field}.rollingUpdate.{name}", value, errors);
            }
        }

        var at = $"spec.{field}.rollingUpdate";
        CountOrShare.CheckAtMostAll($"{at}.maxUnavailable", rolling["maxUnavailable"], errors);
        var (noSurge, noneMissing) = (rolling.Text("maxSurge") is "" or "0" or "0%", rolling.Text("maxUnavailable") is "0" or "0%");
        if (noSurge && noneMissing && field == "strategy")
        {
            errors.Invalid($"{at}.maxUnavailable", rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
        }
        else if (noSurge && noneMissing)
        {
            errors.Required($"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0");
        }
        else if (field == "updateStrategy" && !noSurge && !noneMissing)
        {
            errors.Invalid($"{at}.maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero");
        }
    }

    private static void CheckStateful(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Text("podManagementPolicy") is { Length: > 0 } policy and not ("OrderedReady" or "Parallel"))
        {
            errors.Invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
        }

        var (type, rolling) = (spec.Text("updateStrategy", "type"), spec.Map("updateStrategy", "rollingUpdate"));
        if (type is not ("" or "RollingUpdate" or "OnDelete"))
        {
            errors.Invalid("spec.updateStrategy", new JsonObject { ["Type"] = type, ["RollingUpdate"] = null }, "must be 'RollingUpdate' or 'OnDelete'");
        }
        else if (type == "OnDelete" && rolling is not null)
        {
            errors.Invalid("spec.updateStrategy.rollingUpdate", new JsonObject { ["Partition"] = rolling["partition"]?.DeepClone(), ["MaxUnavailable"] = rolling["maxUnavailable"]?.DeepClone() },
                "only allowed for updateStrategy 'RollingUpdate'");
        }
        else if (rolling.Number("partition") is < 0)
        {
            errors.Invalid("spec.updateStrategy.rollingUpdate.partition", rolling!["partition"], NotNegative);
        }

        foreach (var (index, claim) in spec.Each("volumeClaimTemplates").Index())
        {
            ClusterRules.CheckClaim(claim.Map("spec"), $"spec.volumeClaimTemplates[{index}].spec", errors);
        }

        foreach (var when in (string[])["whenDeleted", "whenScaled"])
        {
            PodRules.OneOf($"spec.persistentVolumeClaimRetentionPolicy.{when}", spec.Text("persistentVolumeClaimRetentionPolicy", when), ["Retain", "Delete"], errors);
        }

        if (spec.Number("ordinals", "start") is < 0)
        {
            errors.Invalid("spec.ordinals.start", spec.At("ordinals", "start"), NotNegative);
        }

        if (spec.Text("serviceName") is { Length: > 0 } service)
        {
            Names.CheckContainerName("spec.serviceName", service, errors);
        }
    }

    private static void CheckNotNegative(JsonObject? spec, string field, FieldErrors errors)
    {
        if (spec.Number(field) is < 0)
        {
            errors.Invalid($"spec.{field}", spec.At(field), NotNegative);
        }
    }
}
