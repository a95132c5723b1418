using Crater.Discovery;

namespace Crater.Tests.Advice.Recall;

/// <summary>The sample shop in all the ways in which advice about it is asked for.</summary>
internal sealed class ShopCases(string root, CancellationToken abort)
{
    /// <summary>Each weakness alone, as the lab's API and scheduler show it.</summary>
    public Task<IReadOnlyList<RecallCase>> SinglesAsync() => EachAsync(async (weakness, manifests) => (await QuietLab.DiscoverAsync(manifests, abort), weakness));

    /// <summary>The same with names that say nothing, for several drawings of names.</summary>
    public async Task<IReadOnlyList<RecallCase>> RenamedAsync(int seeds)
    {
        List<RecallCase> cases = [];
        for (var seed = 0; seed < seeds; seed++)
        {
            cases.AddRange(await EachAsync(async (weakness, manifests) =>
            {
                var aliases = ShopManifests.Aliases(manifests, seed);
                return (await ManifestCluster.DiscoverAsync(ShopManifests.Renamed(manifests, aliases), abort), weakness with { Hits = [.. weakness.Hits.Select(name => aliases[name])] });
            }));
        }

        return cases;
    }

    /// <summary>With things beside it that look weak and are not: see <see cref="ShopManifests.WithDecoys"/>.</summary>
    public Task<IReadOnlyList<RecallCase>> WithDecoysAsync() =>
        EachAsync(async (weakness, manifests) => (await ManifestCluster.DiscoverAsync(ShopManifests.WithDecoys(manifests), abort), weakness));

    /// <summary>Without the annotations by which the shop declares its habits.</summary>
    public Task<IReadOnlyList<RecallCase>> UndeclaredAsync() =>
        EachAsync(async (weakness, manifests) => (await ManifestCluster.DiscoverAsync(ShopManifests.Undeclared(manifests), abort), weakness));

    /// <summary>All weaknesses at once, and nearly everything runs once beside.</summary>
    public async Task<RecallCase> AllAsync() => new("all", await QuietLab.DiscoverAsync(ShopManifests.Read(root, "fragile"), abort), Weakness.All);

    /// <summary>None of them.</summary>
    public Task<Topology> NoneAsync() => QuietLab.DiscoverAsync(ShopManifests.Read(root, "resilient"), abort);

    private async Task<IReadOnlyList<RecallCase>> EachAsync(Func<Weakness, string, Task<(Topology Topology, Weakness Weakness)>> look)
    {
        List<RecallCase> cases = [];
        foreach (var weakness in Weakness.All)
        {
            var (topology, planted) = await look(weakness, ShopManifests.Read(root, $"variants/{weakness.Variant}"));
            cases.Add(new RecallCase(weakness.Id, topology, [planted]));
        }

        return cases;
    }
}
