using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Refuses what would go beyond a quota of its namespace, and counts what does not.</summary>
internal static class QuotaAdmission
{
    private const string Quotas = "resourcequotas";

    /// <exception cref="ApiException">Forbidden: a quota would be exceeded, or a pod does not say what a quota counts.</exception>
    public static void Check(ResourceStore store, ResourceKind kind, JsonObject made)
    {
        foreach (var quota in store.Scan(Quotas, made.Space()).Items)
        {
            if (kind.Kind == "Pod" && Unsaid(made, quota) is { Length: > 0 } unsaid)
            {
                throw ApiException.Forbidden(kind.Qualified, made.Name(), $"failed quota: {quota.Name()}: must specify {unsaid}");
            }

            var cost = QuotaUsage.CostOf(kind, made, quota);
            if (cost.Count == 0)
            {
                continue;
            }

            var used = QuotaUsage.Used(store, quota);
            var beyond = cost.Keys.Where(name => used[name] + cost[name] > Amounts.Of(quota.At("spec", "hard", name)) + 1e-9).Order(StringComparer.Ordinal).ToList();
            if (beyond.Count > 0)
            {
                string All(Func<string, string> value) => string.Join(',', beyond.Select(name => $"{name}={value(name)}"));
                throw ApiException.Forbidden(kind.Qualified, made.Name(), $"exceeded quota: {quota.Name()}, requested: {All(name => Amounts.Text(name, cost[name]))}, "
                    + $"used: {All(name => Amounts.Text(name, used[name]))}, limited: {All(name => quota.Text("spec", "hard", name))}");
            }
        }
    }

    /// <summary>Counts what there is now, so that a quota that is read after a write shows it.</summary>
    public static void Count(ResourceStore store, string space)
    {
        foreach (var quota in store.Scan(Quotas, space).Items)
        {
            var used = QuotaUsage.Used(store, quota);
            store.Modify(Quotas, space, quota.Name(), stored => QuotaUsage.Write(stored, used));
        }
    }

    /// <summary>The amounts that a quota counts and a container does not say.</summary>
    private static string Unsaid(JsonObject pod, JsonObject quota)
    {
        var counted = (quota.Map("spec", "hard") ?? []).Select(pair => pair.Key).Where(name => Split(name).Name is "cpu" or "memory").Order(StringComparer.Ordinal);
        var containers = pod.Each("spec", "containers").Concat(pod.Each("spec", "initContainers")).ToList();
        return string.Join("; ", counted.Select(name => (Name: name, Without: containers.Where(container => Said(container, name) is null)
                .Select(container => container.Text("name")).Order(StringComparer.Ordinal).ToList()))
            .Where(one => one.Without.Count > 0).Select(one => $"{one.Name} for: {string.Join(',', one.Without)}"));
    }

    private static JsonNode? Said(JsonObject container, string name)
    {
        var (side, resource) = Split(name);
        return container.At("resources", side, resource);
    }

    private static (string Side, string Name) Split(string name) => name.StartsWith("limits.", StringComparison.Ordinal) ? ("limits", name["limits.".Length..])
        : name.StartsWith("requests.", StringComparison.Ordinal) ? ("requests", name["requests.".Length..]) : ("requests", name);
}
