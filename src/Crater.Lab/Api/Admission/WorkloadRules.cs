using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What deployments, sets, jobs and autoscalers must and must not say.</summary>
internal static class WorkloadRules
{
    private const string NotNegative = "must be greater than or equal to 0";

    private static readonly string[] JobPolicies = ["OnFailure", "Never"];

    public static void Check(string kind, JsonObject? spec, FieldErrors errors)
    {
        CheckNotNegative(spec, "replicas", errors);
        CheckNotNegative(spec, "minReadySeconds", errors);
        CheckNotNegative(spec, "revisionHistoryLimit", errors);
        var selector = spec.Map("selector");
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else if ((selector.Map("matchLabels")?.Count ?? 0) == 0 && !selector.Each("matchExpressions").Any())
        {
            errors.Invalid("spec.selector", selector, $"empty selector is invalid for {(kind == "ReplicaSet" ? "deployment" : kind.ToLowerInvariant())}");
        }

        var labels = spec.Labels("template", "metadata", "labels");
        if (selector is not null && !ObjectSelector.Matches(selector, labels))
        {
            errors.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels") ?? new JsonObject(),
                "`selector` does not match template `labels`");
        }

        PodRules.Check(spec.Map("template", "spec"), "spec.template.spec", errors);
        if (spec.Text("template", "spec", "restartPolicy") is { Length: > 0 } policy and not "Always")
        {
            errors.NotSupported("spec.template.spec.restartPolicy", policy, "Always");
        }

        if (kind == "Deployment")
        {
            PodRules.OneOf("spec.strategy.type", spec.Text("strategy", "type"), ["Recreate", "RollingUpdate"], errors);
            if (spec.Text("strategy", "type") == "Recreate" && spec.Map("strategy", "rollingUpdate") is not null)
            {
                errors.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
            }
        }
    }

    public static void CheckJob(JsonObject? spec, string path, FieldErrors errors)
    {
        foreach (var field in (string[])["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"])
        {
            if (spec.Number(field) is < 0)
            {
                errors.Invalid($"{path}.{field}", spec!.At(field), NotNegative);
            }
        }

        PodRules.Check(spec.Map("template", "spec"), $"{path}.template.spec", errors);
        if (spec.Text("template", "spec", "restartPolicy") is var policy && !JobPolicies.Contains(policy))
        {
            errors.NotSupported($"{path}.template.spec.restartPolicy", policy, JobPolicies);
        }
    }

    public static void CheckCronJob(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Text("schedule").Length == 0)
        {
            errors.Required("spec.schedule");
        }
        else if (!spec.Text("schedule").StartsWith('@') && spec.Text("schedule").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5)
        {
            errors.Invalid("spec.schedule", spec.Text("schedule"), $"expected exactly 5 fields, found "
                + $"{spec.Text("schedule").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length}: [{spec.Text("schedule")}]");
        }

        CheckJob(spec.Map("jobTemplate", "spec"), "spec.jobTemplate.spec", errors);
    }

    public static void CheckAutoscaler(JsonObject? spec, FieldErrors errors)
    {
        var (least, most) = (spec.Number("minReplicas") ?? 1, spec.Number("maxReplicas") ?? 0);
        if (least < 1)
        {
            errors.Invalid("spec.minReplicas", spec.At("minReplicas"), "must be greater than or equal to 1");
        }

        if (most < 1)
        {
            errors.Invalid("spec.maxReplicas", spec.At("maxReplicas") ?? 0, "must be greater than 0");
        }
        else if (most < least)
        {
            errors.Invalid("spec.maxReplicas", spec.At("maxReplicas"), "must be greater than or equal to `minReplicas`");
        }

        foreach (var field in (string[])["kind", "name"])
        {
            if (spec.Text("scaleTargetRef", field).Length == 0)
            {
                errors.Required($"spec.scaleTargetRef.{field}");
            }
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
