using YamlDotNet.RepresentationModel;

namespace Crater.Tests.Samples;

/// <summary>The committed manifests of samples/shop, object by object.</summary>
internal static class ShopManifests
{
    public static string Root { get; } = Path.Combine(RepositoryRoot(), "samples", "shop");

    /// <summary>Objects of one folder by <c>Kind/name</c>, each as its own YAML text.</summary>
    public static IReadOnlyDictionary<string, string> Read(string folder)
    {
        using var reader = File.OpenText(Path.Combine(Root, folder, "shop.yaml"));
        var stream = new YamlStream();
        stream.Load(reader);
        return stream.Documents.Select(document => (YamlMappingNode)document.RootNode).ToDictionary(
            root => $"{root.Children["kind"]}/{((YamlMappingNode)root.Children["metadata"]).Children["name"]}", Text);
    }

    public static YamlMappingNode Mapping(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static string Text(YamlMappingNode root)
    {
        using var writer = new StringWriter();
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        return writer.ToString();
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Crater.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
