using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a limit range says by default, and must not say.</summary>
internal static class LimitRules
{
    private static readonly string[] Types = ["Container", "Pod", "PersistentVolumeClaim"];

    public static void Default(JsonObject? spec)
    {
        foreach (var item in spec.Each("limits").Where(item => item.Text("type") == "Container"))
        {
            Copy(item, "max", "default");
            Copy(item, "default", "defaultRequest");
            Copy(item, "min", "defaultRequest");
        }
    }

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        foreach (var (item, index) in spec.Each("limits").Select((item, index) => (item, index)))
        {
            var (at, type) = ($"spec.limits[{index}]", item.Text("type"));
            if (!Types.Contains(type) && !type.Contains('/', StringComparison.Ordinal))
            {
                errors.Invalid($"{at}.type", type, "must be a standard limit type or fully qualified");
            }

            if (type == "Pod")
            {
                foreach (var field in (string[])["default", "defaultRequest"])
                {
                    if (item.Map(field) is { Count: > 0 })
                    {
                        errors.Forbidden($"{at}.{field}", "may not be specified when `type` is 'Pod'");
                    }
                }
            }

            if (type == "PersistentVolumeClaim" && item.At("min", "storage") is null && item.At("max", "storage") is null)
            {
                errors.Required($"{at}.limits", "either minimum or maximum storage value is required, but neither was provided");
            }

            var names = new[] { "min", "max", "default", "defaultRequest", "maxLimitRequestRatio" }.SelectMany(field => item.Map(field) ?? [])
                .Select(pair => pair.Key).Distinct().Order(StringComparer.Ordinal);
            foreach (var name in names)
            {
                CheckOrder(item, at, name, errors);
            }
        }
    }

    private static void CheckOrder(JsonObject item, string at, string name, FieldErrors errors)
    {
        JsonNode? Value(string field) => item.At(field, name);
        bool IsMore(string one, string other) => Value(one) is { } a && Value(other) is { } b && Amounts.Of(a) > Amounts.Of(b);
        void Wrong(string field, string shown, string low, string lowWord, string high, string highWord)
        {
            if (IsMore(low, high))
            {
                errors.Invalid($"{at}.{field}[{name}]", Value(shown).Text(), $"{lowWord} value {Value(low).Text()} is greater than {highWord} value {Value(high).Text()}");
            }
        }

        Wrong("min", "min", "min", "min", "max", "max");
        Wrong("defaultRequest", "defaultRequest", "min", "min", "defaultRequest", "default request");
        Wrong("defaultRequest", "defaultRequest", "defaultRequest", "default request", "max", "max");
        Wrong("defaultRequest", "defaultRequest", "defaultRequest", "default request", "default", "default limit");
        Wrong("default", "min", "min", "min", "default", "default");
        Wrong("default", "max", "default", "default", "max", "max");
        if (Value("maxLimitRequestRatio") is { } ratio && Amounts.Of(ratio) < 1)
        {
            errors.Invalid($"{at}.maxLimitRequestRatio[{name}]", ratio.Text(), $"ratio {ratio.Text()} is less than 1");
        }
    }

    private static void Copy(JsonObject item, string from, string to)
    {
        foreach (var (name, value) in (item.Map(from) ?? []).ToList())
        {
            var map = item.Make(to);
            map[name] ??= value?.DeepClone();
        }
    }
}
