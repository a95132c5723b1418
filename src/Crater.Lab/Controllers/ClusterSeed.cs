using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What every cluster has from its first moment.</summary>
internal static class ClusterSeed
{
    private static readonly string[] ReadVerbs = ["get", "list", "watch"];
    private static readonly string[] WriteVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] WorkGroups =
        ["", "apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "networking.k8s.io", "policy"];

    public static void Plant(Workbench work)
    {
        foreach (var space in (string[])["default", "kube-system", "kube-public", "kube-node-lease"])
        {
            Plant(work, "namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = space } });
        }

        Plant(work, "services", new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = "kubernetes",
                ["namespace"] = "default",
                ["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" },
            },
            ["spec"] = new JsonObject
            {
                ["clusterIP"] = "10.96.0.1",
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["targetPort"] = 6443 }),
            },
        });
        foreach (var (name, value) in (ReadOnlySpan<(string, int)>)[("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)])
        {
            Plant(work, "priorityclasses.scheduling.k8s.io", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["value"] = value });
        }

        Role(work, "cluster-admin", ["*"], ["*"]);
        Role(work, "admin", WriteVerbs, WorkGroups);
        Role(work, "edit", WriteVerbs, WorkGroups);
        Role(work, "view", ReadVerbs, WorkGroups);
        Plant(work, "clusterrolebindings.rbac.authorization.k8s.io", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "cluster-admin" },
            ["roleRef"] = new JsonObject { ["kind"] = "ClusterRole", ["name"] = "cluster-admin" },
            ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "Group", ["name"] = "system:masters" }),
        });
    }

    private static void Role(Workbench work, string name, string[] verbs, string[] groups) =>
        Plant(work, "clusterroles.rbac.authorization.k8s.io", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["apiGroups"] = Texts(groups),
                ["resources"] = new JsonArray("*"),
                ["verbs"] = Texts(verbs),
            }),
        });

    private static JsonArray Texts(string[] texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static void Plant(Workbench work, string resource, JsonObject planted)
    {
        if (work.Store.Peek(resource, planted.Space(), planted.Name()) is null)
        {
            work.Create(resource, planted);
        }
    }
}
