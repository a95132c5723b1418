using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Tables;

/// <summary>Which columns each kind is printed with.</summary>
internal static class Columns
{
    public static readonly Column Name = new("Name", (item, _) => item.Name());
    public static readonly Column Age = new("Age", (item, now) => TableAnswer.Since(item, now, "metadata", "creationTimestamp"));

    private static readonly Dictionary<string, IReadOnlyList<Column>> ByKind = new()
    {
        ["Pod"] = PodColumns.All,
        ["Deployment"] = WorkloadColumns.Deployment,
        ["ReplicaSet"] = WorkloadColumns.ReplicaSet,
        ["ReplicationController"] = WorkloadColumns.ReplicaSet,
        ["StatefulSet"] = WorkloadColumns.StatefulSet,
        ["DaemonSet"] = WorkloadColumns.DaemonSet,
        ["Job"] = WorkloadColumns.Job,
        ["CronJob"] = WorkloadColumns.CronJob,
        ["HorizontalPodAutoscaler"] = WorkloadColumns.Autoscaler,
        ["PodDisruptionBudget"] = WorkloadColumns.Budget,
        ["Service"] = NetworkColumns.Service,
        ["Endpoints"] = NetworkColumns.Endpoints,
        ["EndpointSlice"] = NetworkColumns.EndpointSlice,
        ["Ingress"] = NetworkColumns.Ingress,
        ["IngressClass"] = NetworkColumns.IngressClass,
        ["NetworkPolicy"] = NetworkColumns.NetworkPolicy,
        ["Node"] = ClusterColumns.Node,
        ["Namespace"] = ClusterColumns.Namespace,
        ["Event"] = ClusterColumns.Event,
        ["CertificateSigningRequest"] = ClusterColumns.Certificate,
        [ComponentCalls.Kind] = ClusterColumns.Component,
        ["ConfigMap"] = ClusterColumns.ConfigMap,
        ["Secret"] = ClusterColumns.Secret,
        ["ServiceAccount"] = ClusterColumns.ServiceAccount,
        ["Lease"] = ClusterColumns.Lease,
        ["ControllerRevision"] = ClusterColumns.ControllerRevision,
        ["PersistentVolumeClaim"] = ClusterColumns.VolumeClaim,
        ["PersistentVolume"] = ClusterColumns.Volume,
        ["StorageClass"] = ClusterColumns.StorageClass,
        ["PriorityClass"] = ClusterColumns.PriorityClass,
        ["RoleBinding"] = ClusterColumns.RoleBinding,
        ["ClusterRoleBinding"] = ClusterColumns.RoleBinding,
        ["Role"] = ClusterColumns.Role,
        ["ResourceQuota"] = ClusterColumns.Quota,
        ["LimitRange"] = ClusterColumns.Role,
        ["ClusterRole"] = ClusterColumns.Role,
        ["MutatingWebhookConfiguration"] = ClusterColumns.Webhooks,
        ["ValidatingWebhookConfiguration"] = ClusterColumns.Webhooks,
    };

    private static readonly IReadOnlyList<Column> Plain = [Name, Age];

    public static IReadOnlyList<Column> Of(ResourceKind kind) =>
        kind.Definition is { } version ? Custom(version) : ByKind.GetValueOrDefault(kind.Kind, Plain);

    /// <summary>The columns that a definition names; the age alone where it names none.</summary>
    private static IReadOnlyList<Column> Custom(JsonObject version) => version["additionalPrinterColumns"] is JsonArray { Count: > 0 }
        ? [Name, .. version.Each("additionalPrinterColumns").Select(column => new Column(column.Text("name"), (item, now) => Cell(column, item, now),
            column.Count(0, "priority"), column.Text("type"), column.Text("format")))]
        : Plain;

    private static JsonNode? Cell(JsonObject column, JsonObject item, DateTimeOffset now)
    {
        var value = FieldPath.Find(item, column.Text("jsonPath"));
        return (column.Text("type"), value) switch
        {
            (_, null) => null,
            ("date", _) => DateTimeOffset.TryParse(value.Text(), out var then) ? Tables.Age.Text(now - then) : "<unknown>",
            ("string", JsonValue) => value.Text(),
            _ => value.DeepClone(),
        };
    }

    public static Column Text(string name, int priority, params string[] path) =>
        new(name, (item, _) => item.Text(path) is { Length: > 0 } text ? text : "<none>", priority);

    public static Column Count(string name, params string[] path) =>
        new(name, (item, _) => item.Number(path) ?? 0, 0, "integer");

    /// <summary>Labels of a selector as text.</summary>
    public static string Selector(JsonNode? selector) => ScaleCalls.SelectorText(selector) is { Length: > 0 } text ? text : "<none>";

    /// <summary>A plain map of labels as text.</summary>
    public static string Labels(JsonObject? labels) =>
        labels is { Count: > 0 } ? string.Join(',', labels.Select(pair => $"{pair.Key}={pair.Value.Text()}")) : "<none>";

    public static Column Containers(params string[] path) => new("Containers",
        (item, _) => string.Join(',', item.Each(path).Select(container => container.Text("name"))), 1);

    public static Column Images(params string[] path) => new("Images",
        (item, _) => string.Join(',', item.Each(path).Select(container => container.Text("image"))), 1);
}
