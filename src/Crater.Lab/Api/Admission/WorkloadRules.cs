using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

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

        PodRules.Check(spec.Map("template", "spec"), "spec.template.spec", errors, spec.Each("volumeClaimTemplates").Select(claim => claim.Name()));
        if (spec.Text("template", "spec", "restartPolicy") is { Length: > 0 } policy and not "Always")
        {
            errors.NotSupported("spec.template.spec.restartPolicy", policy, "Always");
        }

        CheckSelector(selector, errors);
        if (kind is "Deployment" or "DaemonSet")
        {
            CheckRolling(spec, kind == "Deployment" ? "strategy" : "updateStrategy", errors);
        }

        if (kind == "StatefulSet")
        {
            PodRules.OneOf("spec.podManagementPolicy", spec.Text("podManagementPolicy"), ["OrderedReady", "Parallel"], errors);
            PodRules.OneOf("spec.updateStrategy.type", spec.Text("updateStrategy", "type"), ["OnDelete", "RollingUpdate"], errors);
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

    private static void CheckSelector(JsonObject? selector, FieldErrors errors)
    {
        foreach (var (expression, index) in selector.Each("matchExpressions").Select((expression, index) => (expression, index)))
        {
            var at = $"spec.selector.matchExpressions[{index}]";
            switch (expression.Text("operator"))
            {
                case "In" or "NotIn" when !expression.Texts("values").Any():
                    errors.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    break;
                case "Exists" or "DoesNotExist" when expression.Texts("values").Any():
                    errors.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    break;
                case "In" or "NotIn" or "Exists" or "DoesNotExist":
                    break;
                default:
                    errors.Invalid($"{at}.operator", expression.Text("operator"), "not a valid selector operator");
                    break;
            }
        }
    }

    private static void CheckRolling(JsonObject? spec, string field, FieldErrors errors)
    {
        if (spec.Map(field, "rollingUpdate") is not { } rolling || spec.Text(field, "type") == "Recreate")
        {
            return;
        }

        foreach (var name in (string[])["maxUnavailable", "maxSurge"])
        {
            var text = rolling.Text(name);
            if (!int.TryParse(text.TrimEnd('%'), out var number) || number < 0)
            {
                errors.Invalid($"spec.{field}.rollingUpdate.{name}", rolling[name], text.Any(char.IsAsciiLetter)
                    ? "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
                    : NotNegative);
            }
        }

        if (rolling.Text("maxSurge") is "0" or "0%" && rolling.Text("maxUnavailable") is "0" or "0%")
        {
            errors.Invalid($"spec.{field}.rollingUpdate.maxUnavailable", rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
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

        if (spec.Map("selector") is { } selector && !spec.Flag("manualSelector") && path == "spec"
            && selector.At("matchLabels", "batch.kubernetes.io/controller-uid") is null)
        {
            errors.Invalid($"{path}.selector", selector, "field not allowed: `manualSelector` must be set to choose a selector");
        }

        foreach (var (rule, index) in spec.Each("podFailurePolicy", "rules").Select((rule, index) => (rule, index)))
        {
            PodRules.OneOf($"{path}.podFailurePolicy.rules[{index}].action", rule.Text("action"), ["Count", "FailIndex", "FailJob", "Ignore"], errors);
            if (rule.Map("onExitCodes") is { } codes && codes["values"] is not JsonArray { Count: > 0 })
            {
                errors.Invalid($"{path}.podFailurePolicy.rules[{index}].onExitCodes.values", new JsonArray(), "at least one value is required");
            }
        }

        if (spec.Text("completionMode") == "Indexed" && spec.Number("completions") is null)
        {
            errors.Required($"{path}.completions", "when completion mode is Indexed");
        }

        PodRules.Check(spec.Map("template", "spec"), $"{path}.template.spec", errors);
        if (spec.Text("template", "spec", "restartPolicy") is var policy && !JobPolicies.Contains(policy))
        {
            errors.Required($"{path}.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
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
        else if (Beyond(spec.Text("schedule")) is { } beyond)
        {
            errors.Invalid("spec.schedule", spec.Text("schedule"), beyond);
        }
        else if (CronExpression.TryParse(spec.Text("schedule")) is null)
        {
            errors.Invalid("spec.schedule", spec.Text("schedule"), $"failed to parse spec {spec.Text("schedule")}: a field is out of its range");
        }

        if (spec.Text("timeZone") is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        }

        PodRules.OneOf("spec.concurrencyPolicy", spec.Text("concurrencyPolicy"), ["Allow", "Forbid", "Replace"], errors);
        CheckJob(spec.Map("jobTemplate", "spec"), "spec.jobTemplate.spec", errors);
    }

    /// <summary>Which field of a schedule is beyond its range, where that is what is wrong; null else. A Sunday is 0 there, never 7.</summary>
    private static string? Beyond(string schedule)
    {
        int[] most = [59, 23, 31, 12, 6];
        var fields = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < most.Length && i < fields.Length; i++)
        {
            if (int.TryParse(fields[i], out var number) && number > most[i])
            {
                return $"end of range ({number}) above maximum ({most[i]}): {fields[i]}";
            }

            if (fields[i].Split('-') is [var from, var to] && int.TryParse(from, out var first) && int.TryParse(to, out var last) && first > last)
            {
                return $"beginning of range ({first}) beyond end of range ({last}): {fields[i]}";
            }
        }

        return null;
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

        if (spec.Text("scaleTargetRef", "apiVersion").Length == 0 && spec.Text("scaleTargetRef", "kind") is not ("" or "ReplicationController"))
        {
            errors.Invalid("spec.scaleTargetRef.apiVersion", "", "apiVersion must specify API group");
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
