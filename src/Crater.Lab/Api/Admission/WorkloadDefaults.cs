using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Defaults of the kinds that make pods from a template.</summary>
internal static class WorkloadDefaults
{
    public static void Apply(string kind, JsonObject spec)
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
                break;
            default:
                Job(spec);
                break;
        }
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
        Defaults.Set(spec, "backoffLimit", 6);
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

        if (!spec.Flag("manualSelector"))
        {
            spec.Remove("manualSelector");
        }
    }
}
