using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>An object as it can be made again: without what only the server can give.</summary>
internal static class Manifest
{
    private static readonly string[] Servers =
        ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"];

    private static readonly string[] JobLabels =
        ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"];

    /// <summary>What controllers write of their own accord; no part of what an object is.</summary>
    private static readonly string[] Controllers = ["deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"];

    public static JsonObject Of(JsonObject seen)
    {
        var manifest = (JsonObject)seen.DeepClone();
        manifest.Remove("status");
        var metadata = manifest["metadata"]!.AsObject();
        foreach (var key in Servers)
        {
            metadata.Remove(key);
        }

        if (manifest.Text("kind") == "Job" && !manifest.Flag("spec", "manualSelector"))
        {
            // The server selects a job's pods by its uid, and writes both anew.
            manifest["spec"]!.AsObject().Remove("selector");
            foreach (var labels in new[] { manifest.At("metadata", "labels"), manifest.At("spec", "template", "metadata", "labels") }.OfType<JsonObject>())
            {
                foreach (var key in JobLabels)
                {
                    labels.Remove(key);
                }
            }
        }

        return manifest;
    }

    /// <summary>The same for two objects with the same labels, annotations and spec; twelve hexadecimal digits.</summary>
    public static string Hash(JsonObject seen)
    {
        var manifest = Of(seen);
        foreach (var key in Controllers)
        {
            (manifest.At("metadata", "annotations") as JsonObject)?.Remove(key);
        }

        var text = Ordered(new JsonObject
        {
            ["labels"] = manifest.At("metadata", "labels")?.DeepClone(),
            ["annotations"] = manifest.At("metadata", "annotations")?.DeepClone(),
            ["spec"] = manifest.At("spec")?.DeepClone(),
        })?.ToJsonString() ?? "";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }

    // Servers give keys in an order of their own, and an empty map for none.
    private static JsonNode? Ordered(JsonNode? node) => node switch
    {
        JsonObject map => Filled([.. map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, Ordered(entry.Value))).Where(entry => entry.Value is not null)]),
        JsonArray { Count: 0 } => null,
        JsonArray list => new JsonArray([.. list.Select(Ordered)]),
        _ => node?.DeepClone(),
    };

    private static JsonObject? Filled(List<KeyValuePair<string, JsonNode?>> entries) => entries.Count > 0 ? new JsonObject(entries) : null;
}
