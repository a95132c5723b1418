using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Tables;

/// <summary>Workloads, jobs, autoscalers and budgets.</summary>
internal static class WorkloadColumns
{
    private static readonly Column Containers = Columns.Containers("spec", "template", "spec", "containers");
    private static readonly Column Images = Columns.Images("spec", "template", "spec", "containers");
    private static readonly Column Selector = new("Selector", (item, _) => Columns.Selector(item.At("spec", "selector")), 1);

    public static readonly IReadOnlyList<Column> Deployment =
    [
        Columns.Name,
        new("Ready", ReadyOfDesired),
        Columns.Count("Up-to-date", "status", "updatedReplicas"),
        Columns.Count("Available", "status", "availableReplicas"),
        Columns.Age, Containers, Images, Selector,
    ];

    public static readonly IReadOnlyList<Column> ReplicaSet =
    [
        Columns.Name,
        Columns.Count("Desired", "spec", "replicas"),
        Columns.Count("Current", "status", "replicas"),
        Columns.Count("Ready", "status", "readyReplicas"),
        Columns.Age, Containers, Images, Selector,
    ];

    public static readonly IReadOnlyList<Column> StatefulSet = [Columns.Name, new("Ready", ReadyOfDesired), Columns.Age, Containers, Images];

    public static readonly IReadOnlyList<Column> DaemonSet =
    [
        Columns.Name,
        Columns.Count("Desired", "status", "desiredNumberScheduled"),
        Columns.Count("Current", "status", "currentNumberScheduled"),
        Columns.Count("Ready", "status", "numberReady"),
        Columns.Count("Up-to-date", "status", "updatedNumberScheduled"),
        Columns.Count("Available", "status", "numberAvailable"),
        new("Node Selector", (item, _) => Columns.Labels(item.Map("spec", "template", "spec", "nodeSelector"))),
        Columns.Age, Containers, Images, Selector,
    ];

    public static readonly IReadOnlyList<Column> Job =
    [
        Columns.Name,
        new("Status", (job, _) => JobStatus(job)),
        new("Completions", (job, _) => job.Number("spec", "completions") is { } wanted
            ? $"{job.Count(0, "status", "succeeded")}/{wanted}" : $"{job.Count(0, "status", "succeeded")}/1"),
        new("Duration", (job, now) => job.Instant("status", "startTime") is { } start
            ? Age.Text((job.Instant("status", "completionTime") ?? now) - start) : ""),
        Columns.Age, Containers, Images, Selector,
    ];

    public static readonly IReadOnlyList<Column> CronJob =
    [
        Columns.Name,
        Columns.Text("Schedule", 0, "spec", "schedule"),
        Columns.Text("Timezone", 0, "spec", "timeZone"),
        new("Suspend", (job, _) => job.Flag("spec", "suspend") ? "True" : "False"),
        new("Active", (job, _) => job.Each("status", "active").Count(), 0, "integer"),
        new("Last Schedule", (job, now) => job.Instant("status", "lastScheduleTime") is { } then ? Age.Text(now - then) : "<none>"),
        Columns.Age,
        Columns.Containers("spec", "jobTemplate", "spec", "template", "spec", "containers"),
        Columns.Images("spec", "jobTemplate", "spec", "template", "spec", "containers"),
    ];

    public static readonly IReadOnlyList<Column> Autoscaler =
    [
        Columns.Name,
        new("Reference", (item, _) => $"{item.Text("spec", "scaleTargetRef", "kind")}/{item.Text("spec", "scaleTargetRef", "name")}"),
        new("Targets", (item, _) => Targets(item)),
        new("MinPods", (item, _) => item.Number("spec", "minReplicas")?.ToString() ?? "<unset>"),
        Columns.Count("MaxPods", "spec", "maxReplicas"),
        Columns.Count("Replicas", "status", "currentReplicas"),
        Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> Budget =
    [
        Columns.Name,
        new("Min Available", (item, _) => item.Text("spec", "minAvailable") is { Length: > 0 } text ? text : "N/A"),
        new("Max Unavailable", (item, _) => item.Text("spec", "maxUnavailable") is { Length: > 0 } text ? text : "N/A"),
        Columns.Count("Allowed Disruptions", "status", "disruptionsAllowed"),
        Columns.Age,
    ];

    private static JsonNode ReadyOfDesired(JsonObject item, DateTimeOffset now) =>
        $"{item.Count(0, "status", "readyReplicas")}/{item.Count(0, "spec", "replicas")}";

    private static string JobStatus(JsonObject job) => job.Condition("Complete").Text("status") == "True" ? "Complete"
        : job.Condition("Failed").Text("status") == "True" ? "Failed"
        : job.IsEnding() ? "Terminating"
        : job.Flag("spec", "suspend") ? "Suspended" : "Running";

    private static string Targets(JsonObject item)
    {
        var parts = item.Each("spec", "metrics").Select(metric =>
        {
            var name = metric.Text("resource", "name");
            var share = metric.Number("resource", "target", "averageUtilization");
            return share is null ? "<unknown>" : $"{name}: <unknown>/{share}%";
        }).ToList();
        return parts.Count == 0 ? "<none>" : string.Join(", ", parts);
    }
}
