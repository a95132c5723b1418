using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What kinds that have only a rule or two must and must not say.</summary>
internal static class OtherRules
{
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

    public static void Check(ResourceKind kind, JsonObject read, JsonObject? previous, FieldErrors errors)
    {
        switch (kind.Kind)
        {
            case "StorageClass":
                if (read.Text("provisioner").Length == 0)
                {
                    errors.Required("provisioner");
                }

                PodRules.OneOf("volumeBindingMode", read.Text("volumeBindingMode"), ["Immediate", "WaitForFirstConsumer"], errors);
                PodRules.OneOf("reclaimPolicy", read.Text("reclaimPolicy"), ["Delete", "Retain"], errors);
                break;
            case "RuntimeClass" when read.Text("handler") is { Length: > 0 } handler:
                Names.CheckContainerName("handler", handler, errors);
                break;
            case "Node":
                Taints(read, errors);
                break;
            case "ReplicationController":
                Controller(read.Map("spec"), errors);
                break;
            case "EndpointSlice":
                EndpointRules.CheckSlice(read, errors);
                break;
            case "Endpoints":
                EndpointRules.Check(read, errors);
                break;
            case "CertificateSigningRequest":
                CertificateRules.Check(read, previous, errors);
                break;
            case "APIService":
                RegistrationRules.Check(read, errors);
                break;
            case "Lease":
                Lease(read.Map("spec"), errors);
                break;
            case "Event" when kind.Group.Length == 0 && read.Text("involvedObject", "namespace") is var space && space != read.Space()
                && !(space.Length == 0 && read.Space() == "default"):
                errors.Invalid("involvedObject.namespace", space, "does not match event.namespace");
                break;
            case "Event" when kind.Group == "events.k8s.io" && read["eventTime"] is null && read["deprecatedFirstTimestamp"] is null:
                errors.Required("eventTime");
                break;
            default:
                break;
        }
    }

    private static void Taints(JsonObject node, FieldErrors errors)
    {
        HashSet<(string, string)> seen = [];
        foreach (var (index, taint) in node.Each("spec", "taints").Index())
        {
            var (key, effect) = (taint.Text("key"), taint.Text("effect"));
            Names.CheckQualified($"metadata.taints[{index}].key", key, errors);
            if (!Effects.Contains(effect))
            {
                errors.NotSupported($"metadata.taints[{index}].effect", effect, isSorted: false, Effects);
            }

            if (!seen.Add((key, effect)))
            {
                errors.Add($"metadata.taints[{index}]", "FieldValueDuplicate", $"Duplicate value: {{\"Key\":\"{key}\",\"Value\":\"{taint.Text("value")}\",\"Effect\":\"{effect}\",\"TimeAdded\":null}}: "
                    + "taints must be unique by key and effect pair");
            }
        }
    }

    private static void Controller(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Number("replicas") is < 0)
        {
            errors.Invalid("spec.replicas", spec!.At("replicas"), "must be greater than or equal to 0");
        }

        var labels = spec.Labels("template", "metadata", "labels");
        if (spec.Labels("selector").Any(wanted => labels.GetValueOrDefault(wanted.Key) != wanted.Value))
        {
            errors.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels"), "`selector` does not match template `labels`");
        }

        PodRules.Check(spec.Map("template", "spec"), "spec.template.spec", errors);
    }

    private static void Lease(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Number("leaseDurationSeconds") is { } seconds and <= 0)
        {
            errors.Invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
        }

        if (spec.Number("leaseTransitions") is { } turns and < 0)
        {
            errors.Invalid("spec.leaseTransitions", turns, "must be greater than or equal to 0");
        }
    }
}
