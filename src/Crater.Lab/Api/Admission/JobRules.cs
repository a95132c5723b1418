using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Api.Admission;

/// <summary>What jobs and cron jobs must and must not say.</summary>
internal static class JobRules
{
    private const string NotNegative = "must be greater than or equal to 0";
    private const int IndexedPodsMax = 100_000;

    private static readonly string[] Counts =
        ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"];

    private static readonly string[] Policies = ["OnFailure", "Never"];

    public static void Check(JsonObject? spec, string path, FieldErrors errors)
    {
        foreach (var field in Counts.Where(field => spec.Number(field) is < 0))
        {
            errors.Invalid($"{path}.{field}", spec!.At(field), NotNegative);
        }

        if (path == "spec")
        {
            Selector(spec, errors);
        }

        PodRules.OneOf($"{path}.completionMode", spec.Text("completionMode"), ["NonIndexed", "Indexed"], errors);
        PodRules.OneOf($"{path}.podReplacementPolicy", spec.Text("podReplacementPolicy"), ["Failed", "TerminatingOrFailed"], errors);
        if (spec.Text("managedBy") is { Length: > 0 } manager && !manager.Contains('/', StringComparison.Ordinal))
        {
            errors.Invalid($"{path}.managedBy", manager, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        }

        Indexed(spec, path, errors);
        FailurePolicy(spec, path, errors);
        PodRules.Check(spec.Map("template", "spec"), $"{path}.template.spec", errors);
        var policy = spec.Text("template", "spec", "restartPolicy");
        if (policy.Length == 0 || policy == "Always")
        {
            errors.Required($"{path}.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
        }
        else if (!Policies.Contains(policy))
        {
            errors.NotSupported($"{path}.template.spec.restartPolicy", policy, isSorted: false, Policies);
        }
        else if (policy != "Never" && spec.Map("podFailurePolicy") is not null)
        {
            errors.Invalid($"{path}.template.spec.restartPolicy", policy, "only \"Never\" is supported when podFailurePolicy is specified");
        }
    }

    public static void CheckCron(JsonObject? spec, FieldErrors errors)
    {
        foreach (var field in (string[])["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
        {
            if (spec.Number(field) is < 0)
            {
                errors.Invalid($"spec.{field}", spec!.At(field), NotNegative);
            }
        }

        if (spec.Text("schedule").Length == 0)
        {
            errors.Required("spec.schedule");
        }
        else if (Fault(spec.Text("schedule")) is { } fault)
        {
            errors.Invalid("spec.schedule", spec.Text("schedule"), fault);
        }

        if (spec.At("timeZone") is not null && spec.Text("timeZone").Length == 0)
        {
            errors.Invalid("spec.timeZone", "", "timeZone must be nil or non-empty string");
        }
        else if (spec.Text("timeZone") is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        }

        PodRules.OneOf("spec.concurrencyPolicy", spec.Text("concurrencyPolicy"), ["Allow", "Forbid", "Replace"], errors);
        Check(spec.Map("jobTemplate", "spec"), "spec.jobTemplate.spec", errors);
    }

    private static void Selector(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Flag("manualSelector"))
        {
            if (spec.Map("selector") is null)
            {
                errors.Required("spec.selector");
            }

            if (spec.Map("selector") is not { } chosen || !ObjectSelector.Matches(chosen, spec.Labels("template", "metadata", "labels")))
            {
                errors.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels"), "`selector` does not match template `labels`");
            }
        }
        else if (spec.Map("selector") is { } selector && selector.At("matchLabels", "batch.kubernetes.io/controller-uid") is null)
        {
            errors.Invalid("spec.selector", selector, "field not allowed: `manualSelector` must be set to choose a selector");
        }
    }

    private static void Indexed(JsonObject? spec, string path, FieldErrors errors)
    {
        if (spec.Text("completionMode") == "Indexed")
        {
            if (spec.Number("completions") is null)
            {
                errors.Required($"{path}.completions", "when completion mode is Indexed");
            }

            if (spec.Number("parallelism") is > IndexedPodsMax)
            {
                errors.Invalid($"{path}.parallelism", spec!.At("parallelism"), $"must be less than or equal to {IndexedPodsMax} when completion mode is Indexed");
            }

            if (spec.Number("maxFailedIndexes") is not null && spec.Number("backoffLimitPerIndex") is null)
            {
                errors.Required($"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified");
            }

            if (spec.Map("successPolicy") is { } success && !success.Each("rules").Any())
            {
                errors.Required($"{path}.successPolicy.rules", "at least one rules must be specified when the successPolicy is specified");
            }

            return;
        }

        foreach (var field in (string[])["backoffLimitPerIndex", "maxFailedIndexes"])
        {
            if (spec.Number(field) is not null)
            {
                errors.Invalid($"{path}.{field}", spec!.At(field), "requires indexed completion mode");
            }
        }

        if (spec.Map("successPolicy") is { } policy)
        {
            errors.Invalid($"{path}.successPolicy", new JsonObject { ["Rules"] = policy["rules"]?.DeepClone() }, "requires indexed completion mode");
        }
    }

    private static void FailurePolicy(JsonObject? spec, string path, FieldErrors errors)
    {
        foreach (var (index, rule) in spec.Each("podFailurePolicy", "rules").Index())
        {
            var at = $"{path}.podFailurePolicy.rules[{index}]";
            PodRules.OneOf($"{at}.action", rule.Text("action"), ["Count", "FailIndex", "FailJob", "Ignore"], errors);
            if (rule.Text("action") == "FailIndex" && spec.Number("backoffLimitPerIndex") is null)
            {
                errors.Invalid($"{at}.action", "FailIndex", "requires the backoffLimitPerIndex to be set");
            }

            var conditions = rule.Each("onPodConditions").Any();
            if (rule.Map("onExitCodes") is { } codes)
            {
                if (codes["values"] is not JsonArray { Count: > 0 })
                {
                    errors.Invalid($"{at}.onExitCodes.values", new JsonArray(), "at least one value is required");
                }
                else if (codes.Text("operator") == "In" && codes.Texts("values").ToList().IndexOf("0") is >= 0 and var zero)
                {
                    errors.Invalid($"{at}.onExitCodes.values[{zero}]", 0, "must not be 0 for the In operator");
                }

                if (conditions)
                {
                    errors.Add(at, "FieldValueInvalid", "Invalid value: specifying both OnExitCodes and OnPodConditions is not supported");
                }
            }
            else if (!conditions)
            {
                errors.Add(at, "FieldValueInvalid", "Invalid value: specifying one of OnExitCodes and OnPodConditions is required");
            }
        }
    }

    /// <summary>What is wrong with a schedule; null when nothing is.</summary>
    private static string? Fault(string schedule)
    {
        var fields = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (schedule.Contains("TZ", StringComparison.Ordinal))
        {
            return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        }

        if (schedule.StartsWith('@'))
        {
            return CronExpression.TryParse(schedule) is null ? $"unrecognized descriptor: {schedule}" : null;
        }

        if (fields.Length != 5)
        {
            return $"expected exactly 5 fields, found {fields.Length}: [{schedule}]";
        }

        return Beyond(fields) ?? (CronExpression.TryParse(schedule) is null ? $"failed to parse spec {schedule}: a field is out of its range" : null);
    }

    /// <summary>Which field of a schedule is beyond its range, where that is what is wrong; null else. A Sunday is 0 there, never 7.</summary>
    private static string? Beyond(string[] fields)
    {
        int[] most = [59, 23, 31, 12, 6];
        for (var i = 0; i < most.Length; i++)
        {
            if (fields[i].EndsWith("/0", StringComparison.Ordinal))
            {
                return $"step of range should be a positive number: {fields[i]}";
            }

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
}
