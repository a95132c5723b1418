using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Doctor;

/// <summary>The table of permissions as the files in deploy/rbac and as the page docs/permissions.md.</summary>
public static class PermissionText
{
    /// <summary>The ClusterRole of a set; with a namespace the Role.</summary>
    public static JsonObject Role(PermissionSet set, string space = "") => new()
    {
        ["apiVersion"] = "rbac.authorization.k8s.io/v1",
        ["kind"] = space.Length == 0 ? "ClusterRole" : "Role",
        ["metadata"] = space.Length == 0 ? new JsonObject { ["name"] = set.Role } : new JsonObject { ["name"] = set.Role, ["namespace"] = space },
        ["rules"] = new JsonArray([.. set.Permissions.Select(one =>
        {
            var verbs = new JsonArray([.. one.Verbs.Select(verb => (JsonNode?)verb)]);
            return (JsonNode?)(one.IsPath ? new JsonObject { ["nonResourceURLs"] = new JsonArray(one.Resource), ["verbs"] = verbs }
                : new JsonObject { ["apiGroups"] = new JsonArray(one.Group), ["resources"] = new JsonArray(one.Resource), ["verbs"] = verbs });
        })]),
    };

    /// <summary>A file of deploy/rbac.</summary>
    public static string Manifest(PermissionSet set)
    {
        var text = new StringBuilder($"""
            # What Crater needs to {set.What}.
            # Made of the table that `craterctl doctor` asks by; docs/permissions.md has all of it. Bind it for the whole cluster
            #   kubectl create clusterrolebinding {set.Role} --clusterrole={set.Role} --serviceaccount=NAMESPACE:NAME
            # or, for less, in the namespaces that may be touched (what lives in no namespace is left out then)
            #   kubectl create rolebinding {set.Role} --clusterrole={set.Role} --serviceaccount=NAMESPACE:NAME --namespace=TARGETS
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: {set.Role}
            rules:

            """);
        return Rules(text, set).ToString();
    }

    /// <summary>The file of a set that is a Role.</summary>
    public static string NamespacedManifest(PermissionSet set) => Rules(new StringBuilder($"""
        # What Crater needs to {set.What}.
        # Made of the table that `craterctl doctor` asks by; docs/permissions.md has all of it. Apply and bind it in each namespace that is looked after, and in the operator's own
        #   kubectl apply --namespace=TARGETS --filename=deploy/rbac/{set.Name}.yaml
        #   kubectl create rolebinding {set.Role} --role={set.Role} --serviceaccount=NAMESPACE:NAME --namespace=TARGETS
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: {set.Role}
        rules:

        """), set).ToString();

    /// <summary>The rules of a role as YAML, each with what it is for.</summary>
    internal static StringBuilder Rules(StringBuilder text, PermissionSet set)
    {
        foreach (var one in set.Permissions)
        {
            var what = one.IsPath ? $"nonResourceURLs: [\"{one.Resource}\"]" : $"apiGroups: [\"{one.Group}\"]\n    resources: [\"{one.Resource}\"]";
            text.Append($"  # {one.Why}\n  - {what}\n    verbs: [{string.Join(", ", one.Verbs)}]\n");
        }

        return text;
    }

    /// <summary>docs/permissions.md.</summary>
    public static string Page() => string.Concat(
    [
        """
        # Permissions in a cluster

        What each part of Crater needs, verb by verb, and nothing else. `craterctl doctor` asks the cluster for each of these (`SelfSubjectAccessReview`) and
        names what is missing; `kubectl apply -f deploy/rbac/NAME.yaml` makes the role. This page and those files are made of the same table.

        """,
        .. Permissions.All.Select(Section), Section(Permissions.NamespacedOperator), .. Permissions.OfMetrics.Select(Section),
    ]);

    private static string Section(PermissionSet set) => string.Concat(
    [
        $"\n## {set.Name}\n\nTo {set.What}: [deploy/rbac/{set.Name}.yaml](../deploy/rbac/{set.Name}.yaml).\n\n| resource | verbs | to |\n|---|---|---|\n",
        .. set.Permissions.Select(one => $"| {one.Qualified} | {string.Join(", ", one.Verbs)} | {one.Why} |\n"),
    ]);
}
