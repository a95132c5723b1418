using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What a namespace that cannot go yet says of what is left in it.</summary>
internal static class NamespaceRemains
{
    public static void Say(JsonObject space, IReadOnlyList<(string Resource, JsonObject Item)> left, DateTimeOffset now)
    {
        var kinds = left.GroupBy(one => one.Resource).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => $"{(kind.Key.Contains('.', StringComparison.Ordinal) ? kind.Key : kind.Key + ".")} has {kind.Count()} resource instances");
        var holders = left.SelectMany(one => one.Item.Texts("metadata", "finalizers")).GroupBy(name => name).OrderBy(name => name.Key, StringComparer.Ordinal)
            .Select(name => $"{name.Key} in {name.Count()} resource instances").ToList();
        Set(space, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered", now);
        Set(space, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed", now);
        Set(space, "NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization", now);
        Set(space, "NamespaceContentRemaining", true, "SomeResourcesRemain", $"Some resources are remaining: {string.Join(", ", kinds)}", now);
        Set(space, "NamespaceFinalizersRemaining", holders.Count > 0, holders.Count > 0 ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
            holders.Count > 0 ? $"Some content in the namespace has finalizers remaining: {string.Join(", ", holders)}" : "All content-preserving finalizers finished", now);
    }

    private static void Set(JsonObject space, string type, bool holds, string reason, string message, DateTimeOffset now) =>
        PodBinding.SetCondition(space, new JsonObject
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["lastTransitionTime"] = now.Stamp(),
            ["reason"] = reason,
            ["message"] = message,
        });
}
