using System.Text.Json.Nodes;

namespace Crater.Lab.Store;

/// <summary>The one step that gives a pod to a node.</summary>
public static class PodBinding
{
    /// <returns>False when the pod is gone, ends or has a node already.</returns>
    public static bool Bind(ResourceStore store, TimeProvider clock, string space, string pod, string node)
    {
        var isBound = false;
        store.Modify("pods", space, pod, stored =>
        {
            if (stored.IsEnding() || stored.Text("spec", "nodeName").Length > 0)
            {
                return;
            }

            stored.Make("spec")["nodeName"] = node;
            stored.Make("status").Remove("nominatedNodeName");
            SetCondition(stored, new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "True",
                ["lastProbeTime"] = null,
                ["lastTransitionTime"] = clock.GetUtcNow().Stamp(),
            });
            isBound = true;
        });
        return isBound;
    }

    /// <summary>Puts a condition in the place of the one of its type. The time of the last transition stays when the status does.</summary>
    public static void SetCondition(JsonObject stored, JsonObject condition)
    {
        var status = stored.Make("status");
        if (status["conditions"] is not JsonArray conditions)
        {
            status["conditions"] = conditions = [];
        }

        var at = conditions.ToList().FindIndex(other => other.Text("type") == condition.Text("type"));
        if (at < 0)
        {
            conditions.Add((JsonNode)condition);
            return;
        }

        if (conditions[at].Text("status") == condition.Text("status") && conditions[at].At("lastTransitionTime") is { } since)
        {
            condition["lastTransitionTime"] = since.DeepClone();
        }

        conditions[at] = condition;
    }
}
