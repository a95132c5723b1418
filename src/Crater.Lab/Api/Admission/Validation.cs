using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Refuses what the real API server would refuse, in its words.</summary>
internal static class Validation
{
    private static readonly string[] StandardFinalizers = ["kubernetes", "orphan", "foregroundDeletion", "customresourcecleanup.apiextensions.k8s.io"];

    /// <param name="previous">The object before an update; null when it is created.</param>
    /// <param name="subresource">"" for the object itself.</param>
    /// <exception cref="ApiException">Invalid, with every error.</exception>
    public static void Check(ResourceKind kind, JsonObject read, JsonObject? previous, string subresource = "")
    {
        var errors = new FieldErrors();
        if (previous is null)
        {
            Names.Check(kind, read, errors);
            if (kind.Kind == "Pod" && kind.Group.Length == 0 && read.Each("spec", "ephemeralContainers").Any())
            {
                errors.Forbidden("spec.ephemeralContainers", "cannot be set on create");
            }
        }
        else
        {
            foreach (var (key, value) in read.Labels())
            {
                Names.CheckLabel("metadata.labels", key, value, errors);
            }
        }

        if (kind.Definition is null)
        {
            CheckKind(kind, read, previous, errors);
        }
        else
        {
            SchemaCheck.Check(kind, read, previous, errors);
        }

        Names.CheckOwners(read, errors);
        if (errors.Count == 0 && TypeTable.TypeOf(kind.Group, kind.Version, kind.Kind) is { } typeName && kind.StoredAs is null)
        {
            CheckRequired(read, typeName, "", errors);
        }

        Names.CheckAnnotations(read, errors);
        CheckFinalizers(kind, read, previous, errors);
        if (subresource == EphemeralRules.Subresource)
        {
            EphemeralRules.CheckUpdate(read.Map("spec"), previous.Map("spec"), errors);
        }
        else if (previous is not null)
        {
            Immutability.Check(kind, read, previous, errors);
        }

        errors.Throw(kind, read.Name());
    }

    private static void CheckKind(ResourceKind kind, JsonObject read, JsonObject? previous, FieldErrors errors)
    {
        var spec = read.Map("spec");
        switch (kind.Kind)
        {
            case "Pod":
                PodRules.Check(spec, "spec", errors);
                EphemeralRules.Check(spec, errors);
                break;
            case "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet":
                WorkloadRules.Check(kind.Kind, spec, errors);
                break;
            case "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration":
                Webhooks.ConfigurationRules.Check(read, errors);
                break;
            case "Job":
                JobRules.Check(spec, "spec", errors);
                break;
            case "CronJob":
                if (read.Name().Length > 52)
                {
                    errors.Invalid("metadata.name", read.Name(), "must be no more than 52 characters");
                }

                JobRules.CheckCron(spec, errors);
                break;
            case "Service" when kind.Group.Length == 0:
                ServiceRules.Check(spec, errors);
                break;
            case "Ingress":
                IngressRules.Check(spec, errors);
                break;
            case "HorizontalPodAutoscaler":
                AutoscalerRules.Check(spec, errors);
                break;
            case "PodDisruptionBudget" when spec is not null:
                ClusterRules.CheckBudget(spec, errors);
                break;
            case "CustomResourceDefinition":
                DefinitionRules.Check(read, errors);
                break;
            case "Role" or "ClusterRole":
                ClusterRules.CheckRole(read, kind.Kind == "ClusterRole", errors);
                break;
            case "RoleBinding" or "ClusterRoleBinding":
                ClusterRules.CheckBinding(read, kind.Kind == "ClusterRoleBinding", errors);
                break;
            default:
                CheckClusterKind(kind, read, previous, errors);
                break;
        }
    }

    private static void CheckClusterKind(ResourceKind kind, JsonObject read, JsonObject? previous, FieldErrors errors)
    {
        var spec = read.Map("spec");
        switch (kind.Kind)
        {
            case "PersistentVolumeClaim":
                ClusterRules.CheckClaim(spec, "spec", errors);
                break;
            case "PriorityClass":
                ClusterRules.CheckPriority(read, errors);
                break;
            case "NetworkPolicy":
                NetworkPolicyRules.Check(spec, errors);
                break;
            case "PersistentVolume":
                ClusterRules.CheckVolume(spec, errors);
                break;
            case "LimitRange":
                LimitRules.Check(spec, errors);
                break;
            case "ResourceQuota":
                QuotaRules.Check(spec, errors);
                break;
            case "ConfigMap" or "Secret":
                CheckKeys(read.Map("data"), errors);
                CheckKeys(read.Map("binaryData"), errors);
                CheckData(kind, read, errors);
                break;
            default:
                OtherRules.Check(kind, read, previous, errors);
                break;
        }
    }

    private static void CheckFinalizers(ResourceKind kind, JsonObject read, JsonObject? previous, FieldErrors errors)
    {
        var finalizers = read.Texts("metadata", "finalizers").ToList();
        foreach (var (name, index) in finalizers.Select((name, index) => (name, index)))
        {
            if (kind.Definition is null && !name.Contains('/', StringComparison.Ordinal) && !StandardFinalizers.Contains(name))
            {
                errors.Invalid($"metadata.finalizers[{index}]", name, "name is neither a standard finalizer name nor is it fully qualified");
            }
            else
            {
                Names.CheckQualified("metadata.finalizers", name, errors);
            }
        }

        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
        {
            errors.Invalid("metadata.finalizers", read.At("metadata", "finalizers"), "finalizer orphan and foregroundDeletion cannot be both set");
        }

        if (previous.IsEnding() && finalizers.Except(previous.Texts("metadata", "finalizers")).ToList() is { Count: > 0 } added)
        {
            errors.Forbidden("metadata.finalizers", "no new finalizers can be added if the object is being deleted, found new finalizers "
                + $"[]string{{{string.Join(", ", added.Select(one => $"\"{one}\""))}}}");
        }
    }

    private static void CheckData(ResourceKind kind, JsonObject read, FieldErrors errors)
    {
        foreach (var (key, value) in read.Map("data") ?? [])
        {
            if (read.At("binaryData", key) is not null)
            {
                errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
            }

            if (kind.Kind == "Secret" && !IsBase64(value.Text()))
            {
                // What cannot be decoded is no Secret at all, before anything of it is looked at.
                throw NoBase64(kind, value);
            }
        }

        foreach (var (_, value) in read.Map("binaryData") ?? [])
        {
            if (!IsBase64(value.Text()))
            {
                throw NoBase64(kind, value);
            }
        }

        if (kind.Kind == "Secret")
        {
            ClusterRules.CheckSecret(read, errors);
        }
    }

    private static ApiException NoBase64(ResourceKind kind, JsonNode? value) => ApiException.BadRequest(
        $"{kind.Kind} in version \"v1\" cannot be handled as a {kind.Kind}: illegal base64 data at input byte {value.Text().TakeWhile(char.IsAsciiLetterOrDigit).Count()}");

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    private static void CheckKeys(JsonObject? data, FieldErrors errors)
    {
        foreach (var (key, _) in data ?? [])
        {
            if (key is "." or "..")
            {
                errors.Invalid($"data[{key}]", key, $"must not be '{key}'");
            }
            else if (key.StartsWith("..", StringComparison.Ordinal))
            {
                errors.Invalid($"data[{key}]", key, "must not start with '..'");
            }

            if (key.Length == 0 || key.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.')))
            {
                errors.Invalid($"data[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
                    + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
            }
        }
    }

    /// <summary>What the type itself requires, wherever the rules above have found nothing wrong.</summary>
    private static void CheckRequired(JsonObject read, string typeName, string path, FieldErrors errors)
    {
        foreach (var field in TypeTable.FieldsOf(typeName)?.Values ?? [])
        {
            var at = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            var value = read[field.Name];
            if (value is null)
            {
                if (field.IsRequired && !at.StartsWith("status", StringComparison.Ordinal) && field.Type.Shape is not ValueShape.Integer)
                {
                    errors.Required(at);
                }
            }
            else if (field.Name != "status" || path.Length > 0)
            {
                Descend(value, field.Type, at, errors);
            }
        }
    }

    private static void Descend(JsonNode value, FieldType type, string path, FieldErrors errors)
    {
        if (type.Shape == ValueShape.Object && value is JsonObject map)
        {
            CheckRequired(map, type.TypeName, path, errors);
        }
        else if (type.Shape == ValueShape.List && value is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] is { } item)
                {
                    Descend(item, type.Element!, $"{path}[{i}]", errors);
                }
            }
        }
    }
}
