using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What the controllers want to know of a pod.</summary>
internal static class PodStates
{
    public static bool IsActive(this JsonObject pod) => !pod.IsEnding() && !pod.IsOver();

    public static bool IsOver(this JsonObject pod) => pod.Text("status", "phase") is "Succeeded" or "Failed";

    public static bool IsReady(this JsonObject pod) => pod.Condition("Ready").Text("status") == "True";

    /// <summary>Ready for at least so many seconds.</summary>
    public static bool IsAvailable(this JsonObject pod, long seconds, DateTimeOffset now) => pod.IsReady()
        && (seconds == 0 || (pod.Condition("Ready").Instant("lastTransitionTime") is { } since && since + TimeSpan.FromSeconds(seconds) <= now));

    /// <summary>The pods that are missed least come first: without node, then not running, then not ready, then youngest.</summary>
    public static IEnumerable<JsonObject> ByWorth(this IEnumerable<JsonObject> pods) => pods
        .OrderBy(pod => pod.Text("spec", "nodeName").Length > 0)
        .ThenBy(pod => pod.Text("status", "phase") switch { "Pending" => 0, "Running" => 2, _ => 1 })
        .ThenBy(pod => pod.IsReady())
        .ThenByDescending(pod => pod.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
        .ThenBy(pod => pod.Name(), StringComparer.Ordinal);

    /// <summary>A pod made from an owner's template.</summary>
    /// <param name="name">Empty for a generated one.</param>
    public static JsonObject FromTemplate(JsonObject owner, JsonNode? template, string name = "")
    {
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = template.Map("metadata")?.DeepClone() ?? new JsonObject(),
            ["spec"] = template.Map("spec")?.DeepClone() ?? new JsonObject(),
        };
        var metadata = pod.Make("metadata");
        metadata.Remove("name");
        metadata.Remove("creationTimestamp");
        metadata[name.Length > 0 ? "name" : "generateName"] = name.Length > 0 ? name : owner.Name() + "-";
        metadata["namespace"] = owner.Space();
        Owners.Add(pod, owner);
        return pod;
    }

    /// <summary>Writes a count, or nothing for zero, as Kubernetes leaves zero counts out of a status.</summary>
    public static void SetCount(this JsonObject status, string name, int count)
    {
        if (count > 0)
        {
            status[name] = count;
        }
        else
        {
            status.Remove(name);
        }
    }
}
