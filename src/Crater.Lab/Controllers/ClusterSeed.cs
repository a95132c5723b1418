using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What every cluster has from its first moment.</summary>
internal static class ClusterSeed
{
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

        SeedRoles.Plant((resource, planted) => Plant(work, resource, planted));
    }

    private static void Plant(Workbench work, string resource, JsonObject planted)
    {
        if (work.Store.Peek(resource, planted.Space(), planted.Name()) is null)
        {
            work.Create(resource, planted);
        }
    }
}
