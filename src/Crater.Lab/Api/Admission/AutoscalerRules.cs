using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What autoscalers must and must not say.</summary>
internal static class AutoscalerRules
{
    private static readonly string[] Sources = ["ContainerResource", "External", "Object", "Pods", "Resource"];
    private const int PeriodSeconds = 15;

    private static readonly string[] TargetTypes = ["Utilization", "Value", "AverageValue"];

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        var (least, most) = (spec.Number("minReplicas") ?? 1, spec.Number("maxReplicas") ?? 0);
        if (least < 1)
        {
            errors.Invalid("spec.minReplicas", spec.At("minReplicas"), "must be greater than or equal to 1");
        }

        if (most < 1)
        {
            errors.Required("spec.maxReplicas", "must be set and greater than 0");
        }

        if (most < least)
        {
            errors.Invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`");
        }

        foreach (var field in (string[])["kind", "name"])
        {
            if (spec.Text("scaleTargetRef", field) is { Length: > 0 } named)
            {
                if (named.Contains('/', StringComparison.Ordinal))
                {
                    errors.Invalid($"spec.scaleTargetRef.{field}", named, "may not contain '/'");
                }
            }
            else
            {
                errors.Required($"spec.scaleTargetRef.{field}");
            }
        }

        if (spec.Text("scaleTargetRef", "apiVersion").Length == 0 && spec.Text("scaleTargetRef", "kind") is not ("" or "ReplicationController"))
        {
            errors.Invalid("spec.scaleTargetRef.apiVersion", "", "apiVersion must specify API group");
        }

        foreach (var (index, metric) in spec.Each("metrics").Index())
        {
            Metric(metric, $"spec.metrics[{index}]", errors);
        }

        if (least == 0 && !spec.Each("metrics").Any(metric => metric.Text("type") is "Object" or "External"))
        {
            errors.Forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas");
        }

        Direction(spec.Map("behavior", "scaleUp"), "spec.behavior.scaleUp", errors);
        Direction(spec.Map("behavior", "scaleDown"), "spec.behavior.scaleDown", errors);
    }

    /// <summary>What a behaviour does not say of a direction, where it says anything at all.</summary>
    public static void Default(JsonObject spec)
    {
        if (spec.Map("behavior") is not { } behavior)
        {
            return;
        }

        var (up, down) = (behavior.Make("scaleUp"), behavior.Make("scaleDown"));
        Defaults.Set(up, "stabilizationWindowSeconds", 0);
        Defaults.Set(up, "selectPolicy", "Max");
        Defaults.Set(up, "policies", new JsonArray(Policy("Pods", 4), Policy("Percent", 100)));
        Defaults.Set(down, "selectPolicy", "Max");
        Defaults.Set(down, "policies", new JsonArray(Policy("Percent", 100)));
    }

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = PeriodSeconds };

    private static void Metric(JsonObject metric, string at, FieldErrors errors)
    {
        var type = metric.Text("type");
        if (type.Length == 0)
        {
            errors.Required($"{at}.type", "must specify a metric source type");
            return;
        }

        PodRules.OneOf($"{at}.type", type, Sources, errors);
        var field = char.ToLowerInvariant(type[0]) + type[1..];
        if (Sources.Contains(type) && metric.Map(field) is null)
        {
            errors.Required($"{at}.{field}", "must populate information for the given metric source");
        }
        else if (type is "Resource" or "ContainerResource")
        {
            Resource(metric.Map(field)!, $"{at}.{field}", errors);
        }
    }

    private static void Resource(JsonObject source, string at, FieldErrors errors)
    {
        if (source.Text("name").Length == 0)
        {
            errors.Required($"{at}.name", "must specify a resource name");
        }

        var target = source.Map("target");
        if (!TargetTypes.Contains(target.Text("type")))
        {
            errors.Invalid($"{at}.target.type", target.Text("type"), "must be either Utilization, Value, or AverageValue");
        }

        if (target.Number("averageUtilization") is { } share and < 1)
        {
            errors.Invalid($"{at}.target.averageUtilization", share, "must be greater than 0");
        }

        if (target.At("averageUtilization") is null && target.At("averageValue") is null)
        {
            errors.Required($"{at}.target.averageUtilization", "must set either a target raw value or a target utilization");
        }
        else if (target.At("averageUtilization") is not null && target.At("averageValue") is not null)
        {
            errors.Forbidden($"{at}.target.averageValue", "may not set both a target raw value and a target utilization");
        }
    }

    private static void Direction(JsonObject? rules, string at, FieldErrors errors)
    {
        if (rules is null)
        {
            return;
        }

        if (rules.Number("stabilizationWindowSeconds") is { } window && window is < 0 or > 3600)
        {
            errors.Invalid($"{at}.stabilizationWindowSeconds", window, window < 0 ? "must be greater than or equal to zero" : "must be less than or equal to 3600");
        }

        PodRules.OneOf($"{at}.selectPolicy", rules.Text("selectPolicy"), ["Disabled", "Max", "Min"], errors);
        if (rules["policies"] is JsonArray { Count: 0 })
        {
            errors.Required($"{at}.policies", "must specify at least one Policy");
        }

        foreach (var (index, policy) in rules.Each("policies").Index())
        {
            PodRules.OneOf($"{at}.policies[{index}].type", policy.Text("type"), ["Percent", "Pods"], errors);
            foreach (var field in (string[])["value", "periodSeconds"])
            {
                if ((policy.Number(field) ?? 0) <= 0)
                {
                    errors.Invalid($"{at}.policies[{index}].{field}", policy.Number(field) ?? 0, "must be greater than zero");
                }
            }
        }
    }
}
