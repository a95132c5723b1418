using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What quotas must and must not say.</summary>
internal static class QuotaRules
{
    private static readonly string[] Names =
    [
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers",
    ];

    private static readonly string[] Counts =
        ["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"];

    private static readonly string[] OfPods = ["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];

    /// <summary>Scopes that a selector may only ask for, without values.</summary>
    private static readonly string[] Plain = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        foreach (var (name, value) in (spec.Map("hard") ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!name.Contains('/', StringComparison.Ordinal) && !Names.Contains(name))
            {
                errors.Invalid($"spec.hard[{name}]", name, "must be a standard resource type or fully qualified");
                errors.Invalid($"spec.hard[{name}]", name, "must be a standard resource for quota");
            }

            if (value.Text().StartsWith('-'))
            {
                errors.Invalid($"spec.hard[{name}]", value, "must be greater than or equal to 0");
            }

            if (Counts.Contains(name) && Amounts.Of(value) % 1 != 0)
            {
                errors.Invalid($"spec.hard[{name}]", value, "must be an integer");
            }
        }

        Scopes(spec, errors);
        foreach (var wanted in spec.Each("scopeSelector", "matchExpressions"))
        {
            Selector(spec, wanted, errors);
        }
    }

    private static void Scopes(JsonObject? spec, FieldErrors errors)
    {
        var scopes = spec.Texts("scopes").ToList();
        foreach (var scope in scopes)
        {
            if (!IsScope(scope))
            {
                errors.Invalid("spec.scopes", spec!["scopes"], "unsupported scope");
            }

            foreach (var _ in Unfit(spec, scope))
            {
                errors.Invalid("spec.scopes", spec!["scopes"], "unsupported scope applied to resource");
            }
        }

        foreach (var (one, other) in ((string, string)[])[("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")])
        {
            if (scopes.Contains(one) && scopes.Contains(other))
            {
                errors.Invalid("spec.scopes", spec!["scopes"], "conflicting scopes");
            }
        }
    }

    private static void Selector(JsonObject? spec, JsonObject wanted, FieldErrors errors)
    {
        const string At = "spec.scopeSelector.matchExpressions";
        var (scope, means) = (wanted.Text("scopeName"), wanted.Text("operator"));
        if (!IsScope(scope))
        {
            errors.Invalid($"{At}.scopeName", scope, "unsupported scope");
        }

        foreach (var _ in Unfit(spec, scope))
        {
            errors.Invalid(At, spec.At("scopeSelector"), "unsupported scope applied to resource");
        }

        if (Plain.Contains(scope) && means != "Exists")
        {
            errors.Invalid($"{At}.operator", means, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
                + "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
        }

        var hasValues = wanted.Texts("values").Any();
        switch (means)
        {
            case "In" or "NotIn" when !hasValues:
                errors.Required($"{At}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
                break;
            case "Exists" or "DoesNotExist" when hasValues:
                errors.Invalid($"{At}.values", wanted["values"], "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
                break;
            case "In" or "NotIn" or "Exists" or "DoesNotExist":
                break;
            default:
                errors.Invalid($"{At}.operator", means, "not a valid selector operator");
                break;
        }
    }

    private static bool IsScope(string scope) => Plain.Contains(scope) || scope is "PriorityClass" or "VolumeAttributesClass";

    /// <summary>What is limited although the scope has none of it.</summary>
    private static IEnumerable<string> Unfit(JsonObject? spec, string scope) => (spec.Map("hard") ?? []).Select(pair => pair.Key).Where(name => Names.Contains(name) && scope switch
    {
        "BestEffort" => name != "pods",
        "VolumeAttributesClass" => name is not ("persistentvolumeclaims" or "requests.storage"),
        _ => IsScope(scope) && !OfPods.Contains(name),
    });
}
