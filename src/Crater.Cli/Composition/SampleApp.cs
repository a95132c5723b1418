using Crater.Diagnostics;

namespace Crater.Cli.Composition;

/// <summary>A sample application that the lab can bring up by name: its manifests, its program, and what its users do.</summary>
/// <param name="Manifests">The folder of one variant, e.g. <c>…/shop/fragile</c>.</param>
/// <param name="Image">The mapping of its image to its program.</param>
/// <param name="Load">What its users do, for the load generator.</param>
/// <param name="Entry">The service that users come in by.</param>
internal sealed record SampleApp(string Manifests, string Image, IReadOnlyList<string> Program, string Load, string Entry, string Namespace)
{
    /// <param name="name"><c>shop</c> (its fragile variant), or <c>shop/resilient</c>, <c>shop/variants/w04</c>, …</param>
    /// <exception cref="CraterException">CRT1207: there is no such application here.</exception>
    public static SampleApp Find(string name)
    {
        var parts = name.Split('/', 2);
        var root = Roots().FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "shop")));
        if (parts[0] != "shop" || root is null)
        {
            throw new CraterException("CRT1207", root is null
                ? "The sample application is not beside this craterctl. Run it from a checkout ('make demo'), or keep the folder shop from the release beside it."
                : $"There is no sample application '{name}'; there is shop, shop/resilient, shop/fragile and shop/variants/w01 to w11.");
        }

        var shop = Path.Combine(root, "shop");
        var manifests = Path.Combine(shop, parts.Length > 1 ? parts[1] : "fragile");
        return Directory.Exists(manifests)
            ? new SampleApp(manifests, "crater/shop", ProgramOf(shop), Path.Combine(shop, "load.yaml"), "edge-router", "sock-shop")
            : throw new CraterException("CRT1207", $"The shop has no variant '{Path.GetFileName(manifests)}'; there are resilient, fragile and variants/w01 to w11.");
    }

    // Beside the released binary, or in the checkout that it was built from.
    private static IEnumerable<string> Roots()
    {
        yield return AppContext.BaseDirectory;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "samples");
        }
    }

    private static IReadOnlyList<string> ProgramOf(string shop)
    {
        string[] places = [Path.Combine(shop, "shop"), .. new[] { "Release", "Debug" }.Select(kind => Path.Combine(shop, "app", "bin", kind, "net10.0", "shop"))];
        var found = places.Where(File.Exists).OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault()
            ?? throw new CraterException("CRT1208", $"The sample application is not built: none of {string.Join(", ", places)} is there. Run 'make build'.");
        return [found];
    }
}
