using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>The kinds that custom resource definitions add, one per served version.</summary>
internal static class CustomKinds
{
    public const string StoreName = "customresourcedefinitions.apiextensions.k8s.io";

    public static IEnumerable<ResourceKind> Of(ResourceStore store) =>
        store.Scan(StoreName).Items.Where(definition => !definition.IsEnding()).SelectMany(Of);

    private static IEnumerable<ResourceKind> Of(JsonObject definition)
    {
        var (spec, names) = (definition.Map("spec"), definition.Map("spec", "names"));
        foreach (var version in spec.Each("versions").Where(version => version.Flag("served")))
        {
            var scale = version.Map("subresources", "scale");
            List<string> subresources = [];
            if (scale is not null)
            {
                subresources.Add("scale");
            }

            if (version.Map("subresources", "status") is not null)
            {
                subresources.Add("status");
            }

            yield return new ResourceKind(
                spec.Text("group"), version.Text("name"), names.Text("plural"), names.Text("kind"), spec.Text("scope") == "Namespaced")
            {
                Singular = names.Text("singular") is { Length: > 0 } singular ? singular : names.Text("kind").ToLowerInvariant(),
                ShortNames = [.. names.Texts("shortNames")],
                Categories = [.. names.Texts("categories")],
                Subresources = subresources,
                CountsGenerations = true,
                Definition = version,
                Verbs = Ordered,
                ScalePaths = (Path(scale, "specReplicasPath"), Path(scale, "statusReplicasPath"), Path(scale, "labelSelectorPath")),
            };
        }
    }

    /// <summary>In the order in which real servers name those of custom resources.</summary>
    private static readonly string[] Ordered = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

    /// <summary>The path without the dot that JSON paths begin with here.</summary>
    private static string Path(JsonObject? scale, string name) => scale.Text(name).TrimStart('.');
}
