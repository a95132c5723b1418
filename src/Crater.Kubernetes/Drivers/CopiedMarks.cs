using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// A cluster copies the annotations of a deployment to the replica set of its template, and <c>kubectl rollout undo</c> copies them back some day. Once a mark is taken off
/// the deployment its copies speak of a change that is no more, so they go, too. Nothing else of a replica set is touched.
/// </summary>
internal static class CopiedMarks
{
    /// <summary>Who may not change replica sets leaves the copies: they are no fault, and a recovery does not fail for them.</summary>
    public static async Task DropAsync(KubernetesClient client, JsonObject deployment, string injection, CancellationToken budget)
    {
        try
        {
            var query = new ListQuery { MetadataOnly = true, LabelSelector = string.Join(',', deployment.At("spec", "selector", "matchLabels") is JsonObject labels ? labels.Select(label => $"{label.Key}={label.Value}") : []) };
            foreach (var set in (await client.ListAsync(Resource.ReplicaSets, deployment.Namespace(), query, budget)).Items.Where(set => IsCopy(set, deployment, injection)))
            {
                await DropAsync(client, set, budget);
            }
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
        }
    }

    private static bool IsCopy(JsonObject set, JsonObject deployment, string injection) =>
        set.Annotation(Mark.InjectionKey) == injection && set.Objects("metadata", "ownerReferences").Any(owner => owner.Text("uid") == deployment.Uid());

    private static async Task DropAsync(KubernetesClient client, JsonObject set, CancellationToken budget)
    {
        var annotations = new JsonObject([.. Mark.Keys.Select(key => KeyValuePair.Create<string, JsonNode?>(key, null))]);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = set.Uid(), ["annotations"] = annotations } };
        try
        {
            await client.PatchAsync(Resource.ReplicaSets, set.Namespace(), set.Name(), PatchForm.Merge, patch, null, budget);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // It is gone, and another one may bear its name.
        }
    }
}
