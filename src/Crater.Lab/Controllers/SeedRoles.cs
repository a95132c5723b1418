using System.Text.Json.Nodes;

namespace Crater.Lab.Controllers;

/// <summary>The roles that a real cluster begins with for its users: what to look at, what to work with, and what everybody may.</summary>
internal static class SeedRoles
{
    private const string RoleStore = "clusterroles.rbac.authorization.k8s.io";
    private const string BindingStore = "clusterrolebindings.rbac.authorization.k8s.io";
    private const string Joins = "rbac.authorization.k8s.io/aggregate-to-";
    private const string Read = "get list watch";
    private const string Write = "create delete deletecollection patch update";
    private const string Everybody = "system:authenticated";
    private const string Nobody = "system:unauthenticated";

    /// <summary>Verbs, groups with commas ("" is the core group), resources.</summary>
    private static readonly (string Verbs, string Groups, string Resources)[] View =
    [
        (Read, "", "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status"),
        (Read, "", "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status"),
        (Read, "", "namespaces"),
        (Read, "events.k8s.io", "events"),
        (Read, "discovery.k8s.io", "endpointslices"),
        (Read, "apps", "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status"),
        (Read, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
        (Read, "batch", "cronjobs cronjobs/status jobs jobs/status"),
        (Read, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
        (Read, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
        (Read, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
    ];

    private static readonly (string Verbs, string Groups, string Resources)[] Edit =
    [
        (Read, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
        ("impersonate", "", "serviceaccounts"),
        (Write, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
        ("create", "", "pods/eviction"),
        (Write, "", "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy"),
        ("create", "", "serviceaccounts/token"),
        (Write, "events.k8s.io", "events"),
        (Write, "apps", "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"),
        (Write, "autoscaling", "horizontalpodautoscalers"),
        (Write, "batch", "cronjobs jobs"),
        (Write, "policy", "poddisruptionbudgets"),
        (Write, "networking.k8s.io", "ingresses networkpolicies"),
        ($"{Write} {Read}", "coordination.k8s.io", "leases"),
        (Write, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
    ];

    private static readonly (string Verbs, string Groups, string Resources)[] Admin =
    [
        ("create", "authorization.k8s.io", "localsubjectaccessreviews"),
        ($"{Write} {Read}", "rbac.authorization.k8s.io", "rolebindings roles"),
    ];

    private static readonly (string Verbs, string Groups, string Resources)[] Basic =
    [
        ("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
        ("create", "authentication.k8s.io", "selfsubjectreviews"),
    ];

    public static void Plant(Action<string, JsonObject> plant)
    {
        var all = Rules([("*", "*", "*")]);
        all.Add((JsonNode)Paths("*", "*"));
        plant(RoleStore, Role("cluster-admin", all));
        plant(RoleStore, Role("system:aggregate-to-view", Rules(View), "view"));
        plant(RoleStore, Role("system:aggregate-to-edit", Rules(Edit), "edit"));
        plant(RoleStore, Role("system:aggregate-to-admin", Rules(Admin), "admin"));
        plant(RoleStore, Made("view", of: "view", joins: "edit"));
        plant(RoleStore, Made("edit", of: "edit", joins: "admin"));
        plant(RoleStore, Made("admin", of: "admin", joins: ""));
        plant(RoleStore, Role("system:basic-user", Rules(Basic)));
        plant(RoleStore, Role("system:discovery",
            new JsonArray(Paths("get", "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"))));
        plant(RoleStore, Role("system:public-info-viewer", new JsonArray(Paths("get", "/healthz", "/livez", "/readyz", "/version", "/version/"))));
        plant(BindingStore, Binding("cluster-admin", "system:masters"));
        plant(BindingStore, Binding("system:basic-user", Everybody));
        plant(BindingStore, Binding("system:discovery", Everybody));
        plant(BindingStore, Binding("system:public-info-viewer", Everybody, Nobody));
    }

    private static JsonObject Role(string name, JsonArray rules, string joins = "")
    {
        var labels = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" };
        if (joins.Length > 0)
        {
            labels[Joins + joins] = "true";
        }

        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = labels,
                ["annotations"] = new JsonObject { ["rbac.authorization.kubernetes.io/autoupdate"] = "true" },
            },
            ["rules"] = rules,
        };
    }

    /// <summary>A role that is the sum of those with a label.</summary>
    private static JsonObject Made(string name, string of, string joins)
    {
        var role = Role(name, [], joins);
        role["aggregationRule"] = new JsonObject
        {
            ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [Joins + of] = "true" } }),
        };
        return role;
    }

    private static JsonObject Binding(string name, params string[] groups) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" },
            ["annotations"] = new JsonObject { ["rbac.authorization.kubernetes.io/autoupdate"] = "true" },
        },
        ["roleRef"] = new JsonObject { ["kind"] = "ClusterRole", ["name"] = name },
        ["subjects"] = new JsonArray([.. groups.Select(group => (JsonNode)new JsonObject { ["kind"] = "Group", ["name"] = group })]),
    };

    private static JsonArray Rules(IEnumerable<(string Verbs, string Groups, string Resources)> rules) => new([.. rules.Select(rule => (JsonNode)new JsonObject
    {
        ["apiGroups"] = Texts(rule.Groups.Split(',')),
        ["resources"] = Texts(rule.Resources.Split(' ')),
        ["verbs"] = Texts(rule.Verbs.Split(' ')),
    })]);

    private static JsonObject Paths(string verb, params string[] paths) => new() { ["nonResourceURLs"] = Texts(paths), ["verbs"] = new JsonArray(verb) };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
