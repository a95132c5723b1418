using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Tables;

/// <summary>Nodes, namespaces, events and the small kinds.</summary>
internal static class ClusterColumns
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static readonly IReadOnlyList<Column> Node =
    [
        Columns.Name,
        new("Status", (node, _) => NodeStatus(node)),
        new("Roles", (node, _) => string.Join(',', node.Labels().Keys.Where(key => key.StartsWith(RolePrefix, StringComparison.Ordinal))
            .Select(key => key[RolePrefix.Length..])) is { Length: > 0 } roles ? roles : "<none>"),
        Columns.Age,
        Columns.Text("Version", 0, "status", "nodeInfo", "kubeletVersion"),
        new("Internal-IP", (node, _) => Address(node, "InternalIP"), 1),
        new("External-IP", (node, _) => Address(node, "ExternalIP"), 1),
        Columns.Text("OS-Image", 1, "status", "nodeInfo", "osImage"),
        Columns.Text("Kernel-Version", 1, "status", "nodeInfo", "kernelVersion"),
        Columns.Text("Container-Runtime", 1, "status", "nodeInfo", "containerRuntimeVersion"),
    ];

    public static readonly IReadOnlyList<Column> Namespace = [Columns.Name, Columns.Text("Status", 0, "status", "phase"), Columns.Age];

    public static readonly IReadOnlyList<Column> Event =
    [
        new("Last Seen", (item, now) => TableAnswer.Since(item, now, item.Text("lastTimestamp").Length > 0 ? "lastTimestamp" : "eventTime")),
        new("Type", (item, _) => item.Text("type")),
        new("Reason", (item, _) => item.Text("reason")),
        new("Object", (item, _) => $"{Involved(item).Text("kind").ToLowerInvariant()}/{Involved(item).Text("name")}"),
        new("Subobject", (item, _) => Involved(item).Text("fieldPath"), 1),
        new("Source", (item, _) => item.Text("source", "component"), 1),
        new("Message", (item, _) => item.Text("message").Length > 0 ? item.Text("message") : item.Text("note")),
        new("First Seen", (item, now) => TableAnswer.Since(item, now, "firstTimestamp"), 1),
        new("Count", (item, _) => item.Count(1, "count"), 1, "integer"),
        new("Name", (item, _) => item.Name(), 1),
    ];

    public static readonly IReadOnlyList<Column> Webhooks =
        [Columns.Name, new("Webhooks", (item, _) => item.Each("webhooks").Count(), 0, "integer"), Columns.Age];

    public static readonly IReadOnlyList<Column> Certificate =
    [
        Columns.Name,
        Columns.Age,
        Columns.Text("SignerName", 0, "spec", "signerName"),
        Columns.Text("Requestor", 0, "spec", "username"),
        new("RequestedDuration", (item, _) => item.Number("spec", "expirationSeconds") is { } seconds ? Tables.Age.Text(TimeSpan.FromSeconds(seconds)) : "<none>"),
        new("Condition", (item, _) => Decision(item)),
    ];

    public static readonly IReadOnlyList<Column> Component =
    [
        Columns.Name,
        new("Status", (item, _) => Health(item).Text("status") == "True" ? "Healthy" : "Unhealthy"),
        new("Message", (item, _) => Health(item).Text("message")),
        new("Error", (item, _) => Health(item).Text("error")),
    ];

    public static readonly IReadOnlyList<Column> ConfigMap =
    [
        Columns.Name,
        new("Data", (item, _) => (item.Map("data")?.Count ?? 0) + (item.Map("binaryData")?.Count ?? 0), 0, "integer"),
        Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> Secret =
        [Columns.Name, Columns.Text("Type", 0, "type"), new("Data", (item, _) => item.Map("data")?.Count ?? 0, 0, "integer"), Columns.Age];

    public static readonly IReadOnlyList<Column> ServiceAccount =
        [Columns.Name, Columns.Age];

    public static readonly IReadOnlyList<Column> Lease = [Columns.Name, Columns.Text("Holder", 0, "spec", "holderIdentity"), Columns.Age];

    public static readonly IReadOnlyList<Column> ControllerRevision =
    [
        Columns.Name,
        new("Controller", (item, _) => item.Each("metadata", "ownerReferences").FirstOrDefault() is { } owner
            ? $"{owner.Text("kind").ToLowerInvariant()}.apps/{owner.Text("name")}" : "<none>"),
        Columns.Count("Revision", "revision"),
        Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> VolumeClaim =
    [
        Columns.Name,
        Columns.Text("Status", 0, "status", "phase"),
        new("Volume", (item, _) => item.Text("spec", "volumeName")),
        new("Capacity", (item, _) => item.Text("status", "capacity", "storage")),
        new("Access Modes", (item, _) => Modes(item, "status")),
        new("StorageClass", (item, _) => item.Text("spec", "storageClassName")),
        new("VolumeAttributesClass", (_, _) => "<unset>"),
        Columns.Age,
        Columns.Text("VolumeMode", 1, "spec", "volumeMode"),
    ];

    public static readonly IReadOnlyList<Column> Volume =
    [
        Columns.Name,
        new("Capacity", (item, _) => item.Text("spec", "capacity", "storage")),
        new("Access Modes", (item, _) => Modes(item, "spec")),
        new("Reclaim Policy", (item, _) => item.Text("spec", "persistentVolumeReclaimPolicy")),
        new("Status", (item, _) => item.Text("status", "phase")),
        new("Claim", (item, _) => item.Map("spec", "claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
        new("StorageClass", (item, _) => item.Text("spec", "storageClassName")),
        new("VolumeAttributesClass", (_, _) => "<unset>"),
        new("Reason", (item, _) => item.Text("status", "reason")),
        Columns.Age,
        Columns.Text("VolumeMode", 1, "spec", "volumeMode"),
    ];

    public static readonly IReadOnlyList<Column> Quota =
    [
        Columns.Name,
        new("Request", (item, _) => Used(item, isLimit: false)),
        new("Limit", (item, _) => Used(item, isLimit: true)),
        Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> StorageClass =
    [
        Columns.Name, Columns.Text("Provisioner", 0, "provisioner"), Columns.Text("ReclaimPolicy", 0, "reclaimPolicy"),
        Columns.Text("VolumeBindingMode", 0, "volumeBindingMode"),
        new("AllowVolumeExpansion", (item, _) => item.Flag("allowVolumeExpansion")), Columns.Age,
    ];

    public static readonly IReadOnlyList<Column> PriorityClass =
        [Columns.Name, Columns.Count("Value", "value"), new("Global-Default", (item, _) => item.Flag("globalDefault")), Columns.Age, Columns.Text("PreemptionPolicy", 0, "preemptionPolicy")];

    public static readonly IReadOnlyList<Column> RoleBinding =
    [
        Columns.Name, new("Role", (item, _) => $"{item.Text("roleRef", "kind")}/{item.Text("roleRef", "name")}"), Columns.Age,
        new("Users", (item, _) => Subjects(item, "User"), 1), new("Groups", (item, _) => Subjects(item, "Group"), 1),
        new("ServiceAccounts", (item, _) => Subjects(item, "ServiceAccount"), 1),
    ];

    public static readonly IReadOnlyList<Column> Role = [Columns.Name, new("Created At", (item, _) => item.Text("metadata", "creationTimestamp"))];

    private static string Subjects(JsonObject binding, string kind) => string.Join(", ", binding.Each("subjects").Where(subject => subject.Text("kind") == kind)
        .Select(subject => kind == "ServiceAccount" ? $"{subject.Text("namespace")}/{subject.Text("name")}" : subject.Text("name")));

    private static string Decision(JsonObject asked)
    {
        List<string> said = [.. ((string[])["Approved", "Denied", "Failed"]).Where(type => asked.Condition(type) is not null)];
        if (said.Count == 0)
        {
            said.Add("Pending");
        }

        if (asked.Text("status", "certificate").Length > 0)
        {
            said.Add("Issued");
        }

        return string.Join(',', said);
    }

    private static JsonObject? Health(JsonObject component) => component.Each("conditions").FirstOrDefault(condition => condition.Text("type") == "Healthy");

    private static string Modes(JsonObject item, string where) => string.Join(',', item.Texts(where, "accessModes").Select(mode => mode switch
    {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => mode,
    }));

    private static string Used(JsonObject quota, bool isLimit) => string.Join(", ", (quota.Map("status", "hard") ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Where(pair => pair.Key.StartsWith("limits", StringComparison.Ordinal) == isLimit)
        .Select(pair => $"{pair.Key}: {quota.Text("status", "used", pair.Key)}/{pair.Value.Text()}"));

    private static JsonNode? Involved(JsonObject item) => item["involvedObject"] ?? item["regarding"];

    private static string NodeStatus(JsonObject node)
    {
        var ready = node.Condition("Ready").Text("status") switch { "True" => "Ready", "" => "Unknown", _ => "NotReady" };
        return node.Flag("spec", "unschedulable") ? ready + ",SchedulingDisabled" : ready;
    }

    private static string Address(JsonObject node, string type) => node.Each("status", "addresses")
        .FirstOrDefault(address => address.Text("type") == type).Text("address") is { Length: > 0 } found ? found : "<none>";
}
