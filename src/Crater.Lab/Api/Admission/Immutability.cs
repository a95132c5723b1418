using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What may not change once it is written.</summary>
internal static class Immutability
{
    private const string FieldIsImmutable = "field is immutable";

    private static readonly string[] StatefulSetMutable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public static void Check(ResourceKind kind, JsonObject read, JsonObject previous, FieldErrors errors)
    {
        var (spec, before) = (read.Map("spec"), previous.Map("spec"));
        switch (kind.Kind)
        {
            case "Deployment" or "ReplicaSet" or "DaemonSet":
                Same(spec, before, errors, "selector");
                break;
            case "StatefulSet":
                if (Others(spec, StatefulSetMutable) is var now && !JsonNode.DeepEquals(now, Others(before, StatefulSetMutable)))
                {
                    errors.Forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                        + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
                }

                break;
            case "CustomResourceDefinition":
                CustomResources.DefinitionRules.CheckUpdate(read, previous, errors);
                break;
            case "Job":
                CheckJob(spec, before, errors);
                break;
            case "PersistentVolumeClaim":
                CheckClaim(spec, before, previous, errors);
                break;
            case "Pod":
                CheckPod(spec, before, errors);
                break;
            case "Service" when kind.Group.Length == 0 && before.Text("clusterIP").Length > 0 && spec.Text("type") != "ExternalName"
                && spec.Text("clusterIP") != before.Text("clusterIP"):
                errors.Invalid("spec.clusterIPs[0]", new JsonArray(spec.Text("clusterIP")), "may not change once set");
                break;
            case "ConfigMap" or "Secret" when previous.Flag("immutable"):
                if (!read.Flag("immutable") || !JsonNode.DeepEquals(read["data"], previous["data"]))
                {
                    errors.Forbidden("data", "field is immutable when `immutable` is set");
                }

                break;
            case "Secret" when read.Text("type") != previous.Text("type"):
                errors.Invalid("type", read.Text("type"), FieldIsImmutable);
                break;
            case "EndpointSlice" when read.Text("addressType") != previous.Text("addressType"):
                errors.Invalid("addressType", read.Text("addressType"), FieldIsImmutable);
                break;
            case "ResourceQuota" when !spec.Texts("scopes").ToHashSet().SetEquals(before.Texts("scopes")):
                errors.Invalid("spec.scopes", spec.At("scopes"), FieldIsImmutable);
                break;
            case "Node" when before.Text("podCIDR") is { Length: > 0 } range && spec.Text("podCIDR") != range:
                errors.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
                break;
            case "PriorityClass" when read.Number("value") != previous.Number("value"):
                errors.Forbidden("value", "may not be changed in an update.");
                break;
            case "RoleBinding" or "ClusterRoleBinding" when !JsonNode.DeepEquals(read["roleRef"], previous["roleRef"]):
                errors.Invalid("roleRef", read["roleRef"], "cannot change roleRef");
                break;
            default:
                break;
        }
    }

    private static void CheckClaim(JsonObject? spec, JsonObject? before, JsonObject previous, FieldErrors errors)
    {
        if (!JsonNode.DeepEquals(Others(spec, ["resources", "volumeAttributesClassName", "volumeName"]), Others(before, ["resources", "volumeAttributesClassName", "volumeName"])))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }
        else if (previous.Text("status", "phase") != "Bound" && !JsonNode.DeepEquals(spec.At("resources", "requests"), before.At("resources", "requests")))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }
        else if (Amounts.Of(spec.At("resources", "requests", "storage")) < Amounts.Of(before.At("resources", "requests", "storage")))
        {
            errors.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        }
    }

    /// <summary>A job that rests may be sent elsewhere; one of indexes may grow and shrink, if its completions and its parallelism stay one.</summary>
    private static void CheckJob(JsonObject? spec, JsonObject? before, FieldErrors errors)
    {
        Same(spec, before, errors, "selector", "completionMode", "managedBy", "podFailurePolicy", "backoffLimitPerIndex");
        var isElastic = spec.Text("completionMode") == "Indexed" && spec.Number("completions") is { } all && all == spec.Number("parallelism");
        if (!isElastic)
        {
            Same(spec, before, errors, "completions");
        }

        if (!(before.Flag("suspend") ? JsonNode.DeepEquals(Lasting(spec), Lasting(before)) : JsonNode.DeepEquals(spec.At("template"), before.At("template"))))
        {
            errors.Invalid("spec.template", spec.At("template"), FieldIsImmutable);
        }
    }

    /// <summary>What of a template stays while its job rests: all but where its pods go, what they are called, and what they ask for.</summary>
    private static JsonObject Lasting(JsonObject? spec)
    {
        var template = spec.Map("template")?.DeepClone().AsObject() ?? [];
        template.Remove("metadata");
        foreach (var field in (string[])["nodeSelector", "affinity", "tolerations", "schedulingGates"])
        {
            template.Map("spec")?.Remove(field);
        }

        foreach (var container in template.Each("spec", "containers").Concat(template.Each("spec", "initContainers")))
        {
            container.Remove("resources");
        }

        return template;
    }

    private static void CheckPod(JsonObject? spec, JsonObject? before, FieldErrors errors)
    {
        var gates = before.Each("schedulingGates").Select(gate => gate.Text("name")).ToHashSet();
        if (spec.Each("schedulingGates").FirstOrDefault(gate => !gates.Contains(gate.Text("name"))) is { } added)
        {
            errors.Forbidden($"spec.schedulingGates[{spec.Each("schedulingGates").ToList().IndexOf(added)}].name", $"only deletion is allowed, but found new scheduling gate '{added.Text("name")}'");
        }

        if (before.Number("activeDeadlineSeconds") is { } was)
        {
            if (spec.Number("activeDeadlineSeconds") is not { } now)
            {
                errors.Invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value");
            }
            else if (now > was)
            {
                errors.Invalid("spec.activeDeadlineSeconds", now, "must be less than or equal to previous value");
            }
        }

        if (before.Each("tolerations").Any(lost => !spec.Each("tolerations").Any(there => IsSame(there, lost))))
        {
            errors.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
        }

        if (!JsonNode.DeepEquals(Comparable(spec), Comparable(before)))
        {
            errors.Forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
                + "(allow it to be set to 1 if it was previously negative)");
        }
    }

    private static bool IsSame(JsonObject one, JsonObject other) =>
        ((string[])["key", "operator", "value", "effect"]).All(field => one.Text(field) == other.Text(field));

    /// <summary>A pod's specification without what may change.</summary>
    private static JsonObject Comparable(JsonObject? spec)
    {
        // Gates may only be lifted, which is looked at on its own.
        var rest = Others(spec, ["activeDeadlineSeconds", "tolerations", "schedulingGates"]);
        foreach (var container in rest.Each("containers").Concat(rest.Each("initContainers")))
        {
            container.Remove("image");
        }

        return rest;
    }

    private static JsonObject Others(JsonObject? spec, string[] but)
    {
        var rest = spec?.DeepClone().AsObject() ?? [];
        foreach (var field in but)
        {
            rest.Remove(field);
        }

        return rest;
    }

    private static void Same(JsonObject? spec, JsonObject? before, FieldErrors errors, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (!JsonNode.DeepEquals(spec.At(field), before.At(field)))
            {
                errors.Invalid($"spec.{field}", spec.At(field), FieldIsImmutable);
            }
        }
    }
}
