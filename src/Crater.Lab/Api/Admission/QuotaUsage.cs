using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What resource quotas count: how many objects there are, and what pods and claims ask for.</summary>
internal static class QuotaUsage
{
    private static readonly string[] Computed = ["cpu", "memory", "ephemeral-storage"];

    /// <summary>What one object costs of each resource that a quota names; nothing where it costs nothing.</summary>
    public static Dictionary<string, double> CostOf(ResourceKind kind, JsonObject item, JsonObject quota)
    {
        Dictionary<string, double> cost = [];
        if (!Counts(kind, item, quota))
        {
            return cost;
        }

        foreach (var (name, _) in quota.Map("spec", "hard") ?? [])
        {
            if (CostOf(kind, item, name) is var one and > 0)
            {
                cost[name] = one;
            }
        }

        return cost;
    }

    /// <summary>What the objects of a namespace cost of each resource that the quota names.</summary>
    public static Dictionary<string, double> Used(ResourceStore store, JsonObject quota)
    {
        var used = (quota.Map("spec", "hard") ?? []).ToDictionary(pair => pair.Key, _ => 0d);
        foreach (var kind in used.Keys.Select(KindOf).OfType<ResourceKind>().Distinct().ToList())
        {
            foreach (var item in store.Scan(kind.StoreName, quota.Space()).Items)
            {
                foreach (var (name, cost) in CostOf(kind, item, quota))
                {
                    used[name] += cost;
                }
            }
        }

        return used;
    }

    public static void Write(JsonObject quota, Dictionary<string, double> used)
    {
        var status = quota.Make("status");
        status["hard"] = quota.At("spec", "hard")?.DeepClone();
        status["used"] = new JsonObject([.. used.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Amounts.Text(pair.Key, pair.Value)))]);
    }

    private static bool Counts(ResourceKind kind, JsonObject item, JsonObject quota)
    {
        if (kind.Kind != "Pod")
        {
            return !quota.Texts("spec", "scopes").Any();
        }

        return item.Text("status", "phase") is not ("Succeeded" or "Failed") && quota.Texts("spec", "scopes").All(scope => scope switch
        {
            "Terminating" => item.At("spec", "activeDeadlineSeconds") is not null,
            "NotTerminating" => item.At("spec", "activeDeadlineSeconds") is null,
            "BestEffort" => IsBestEffort(item),
            "NotBestEffort" => !IsBestEffort(item),
            _ => true,
        });
    }

    private static bool IsBestEffort(JsonObject pod) => pod.Each("spec", "containers")
        .All(container => container.Map("resources", "requests") is not { Count: > 0 } && container.Map("resources", "limits") is not { Count: > 0 });

    private static double CostOf(ResourceKind kind, JsonObject item, string name)
    {
        if (name == "count/" + kind.Qualified || (name == kind.Plural && kind.Group.Length == 0))
        {
            return 1;
        }

        return kind.Kind switch
        {
            "Pod" => CostOfPod(item, name),
            "PersistentVolumeClaim" when name == "requests.storage" => Amounts.Of(item.At("spec", "resources", "requests", "storage")),
            "Service" when name == "services.loadbalancers" => item.Text("spec", "type") == "LoadBalancer" ? 1 : 0,
            "Service" when name == "services.nodeports" => item.Text("spec", "type") is "NodePort" or "LoadBalancer" ? item.Each("spec", "ports").Count() : 0,
            _ => 0,
        };
    }

    private static double CostOfPod(JsonObject pod, string name)
    {
        if (Computed.Contains(name))
        {
            return Amounts.OfPod(pod, "requests", name);
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && name[..dot] is "requests" or "limits" ? Amounts.OfPod(pod, name[..dot], name[(dot + 1)..]) : 0;
    }

    private static ResourceKind? KindOf(string name)
    {
        if (name == "requests.storage")
        {
            return ResourceTable.Stored("persistentvolumeclaims");
        }

        if (Computed.Contains(name) || name.StartsWith("requests.", StringComparison.Ordinal) || name.StartsWith("limits.", StringComparison.Ordinal))
        {
            return ResourceTable.Stored("pods");
        }

        return ResourceTable.Stored(name.StartsWith("count/", StringComparison.Ordinal) ? name["count/".Length..]
            : name.StartsWith("services.", StringComparison.Ordinal) ? "services" : name);
    }
}
