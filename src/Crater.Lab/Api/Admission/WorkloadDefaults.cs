using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Defaults of the kinds that make pods from a template.</summary>
internal static class WorkloadDefaults
{
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    /// <param name="previous">The object before an update; null when it is created.</param>
    public static void Apply(string kind, JsonObject read, JsonObject spec, JsonObject? previous)
    {
        PodDefaults.ApplyTemplate(spec);
        switch (kind)
        {
            case "Deployment":
                Defaults.Set(spec, "replicas", 1);
                Defaults.Set(spec, "revisionHistoryLimit", 10);
                Defaults.Set(spec, "progressDeadlineSeconds", 600);
                Rolling(spec, "strategy", "25%", "25%");
                break;
            case "ReplicaSet" or "ReplicationController":
                Defaults.Set(spec, "replicas", 1);
                break;
            case "StatefulSet":
                Defaults.Set(spec, "replicas", 1);
                Defaults.Set(spec, "revisionHistoryLimit", 10);
                Defaults.Set(spec, "podManagementPolicy", "OrderedReady");
                Defaults.Set(spec.Make("updateStrategy"), "type", "RollingUpdate");
                if (spec.Text("updateStrategy", "type") == "RollingUpdate")
                {
                    Defaults.Set(spec.Make("updateStrategy", "rollingUpdate"), "partition", 0);
                }

                Defaults.Set(spec, "persistentVolumeClaimRetentionPolicy", new JsonObject { ["whenDeleted"] = "Retain", ["whenScaled"] = "Retain" });
                break;
            case "DaemonSet":
                Defaults.Set(spec, "revisionHistoryLimit", 10);
                Rolling(spec, "updateStrategy", 1, 0);
                CountTemplates(read, previous);
                break;
            default:
                Job(spec);
                break;
        }
    }

    /// <summary>How often the template of a daemon set has changed, which real servers still write down.</summary>
    private static void CountTemplates(JsonObject read, JsonObject? previous)
    {
        var count = long.TryParse(previous.Text("metadata", "annotations", TemplateGeneration), out var known) ? known : 1;
        var isNew = previous is not null && !JsonNode.DeepEquals(read.At("spec", "template"), previous.At("spec", "template"));
        read.Make("metadata", "annotations")[TemplateGeneration] = (isNew ? count + 1 : count).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Rolling(JsonObject spec, string field, JsonNode unavailable, JsonNode surge)
    {
        var strategy = spec.Make(field);
        Defaults.Set(strategy, "type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            Defaults.Set(strategy.Make("rollingUpdate"), "maxUnavailable", unavailable);
            Defaults.Set(strategy.Make("rollingUpdate"), "maxSurge", surge);
        }
    }

    private static void Job(JsonObject spec)
    {
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }

        Defaults.Set(spec, "parallelism", 1);
        Defaults.Set(spec, "backoffLimit", spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue);
        Defaults.Set(spec, "completionMode", "NonIndexed");
        Defaults.Set(spec, "suspend", false);
        Defaults.Set(spec, "manualSelector", false);
        Defaults.Set(spec, "podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
    }

    /// <summary>A new job's own selector and labels, by its uid, unless it brings its selector.</summary>
    public static void AdmitJob(JsonObject read, JsonObject spec)
    {
        if (!spec.Flag("manualSelector") && spec["selector"] is null && read.Uid().Length > 0)
        {
            spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = read.Uid() } };
            var labels = spec.Make("template", "metadata", "labels");
            (labels["batch.kubernetes.io/controller-uid"], labels["controller-uid"]) = (read.Uid(), read.Uid());
            (labels["batch.kubernetes.io/job-name"], labels["job-name"]) = (read.Name(), read.Name());
        }

        // A job without labels of its own has those of its pods.
        if (read.Labels().Count == 0 && spec.Map("template", "metadata", "labels") is { Count: > 0 } ofPods)
        {
            read.Make("metadata")["labels"] = ofPods.DeepClone();
        }
    }
}
