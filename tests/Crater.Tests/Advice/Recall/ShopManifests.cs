using System.Text.RegularExpressions;

namespace Crater.Tests.Advice.Recall;

/// <summary>The shop's manifests as text, with real names or with names that say nothing.</summary>
internal static partial class ShopManifests
{
    /// <param name="folder">resilient, fragile or variants/w01 ….</param>
    public static string Read(string root, string folder) =>
        File.ReadAllText(Path.Combine([root, "samples", "shop", .. folder.Split('/'), "shop.yaml"]));

    /// <summary>The names of all workloads.</summary>
    public static IReadOnlyList<string> Names(string manifests) =>
        [.. Workload().Matches(manifests).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>svc-a, svc-b, … in an order drawn from the seed, so that not even the alphabet is a hint.</summary>
    public static IReadOnlyDictionary<string, string> Aliases(string manifests, int seed)
    {
        var names = Names(manifests);
        var letters = Enumerable.Range(0, names.Count).Select(i => $"svc-{(char)('a' + i)}").ToArray();
        new Random(seed).Shuffle(letters);
        return names.Zip(letters).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>The same manifests with other names: objects, labels, image tags, environment, annotations.</summary>
    public static string Renamed(string manifests, IReadOnlyDictionary<string, string> aliases)
    {
        // The longest first, so that orders-db is not taken for orders.
        foreach (var (name, alias) in aliases.OrderByDescending(pair => pair.Key.Length))
        {
            manifests = Regex.Replace(manifests, $"(?<![A-Za-z0-9]){Regex.Escape(name)}(?![A-Za-z]|-db)", alias);
            manifests = Regex.Replace(manifests, $"(?<![A-Za-z0-9]){Upper(name)}(?![A-Za-z])", Upper(alias));
        }

        return manifests.Replace("sock-shop", "ns-one", StringComparison.Ordinal);
    }

    /// <summary>The same manifests with nothing that the application says about itself, as most applications say nothing.</summary>
    public static string Undeclared(string manifests) => Declaration().Replace(manifests, "");

    private static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');

    [GeneratedRegex(@"^ +crater\.dev/.*\n", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^kind: (?:Deployment|StatefulSet)\nmetadata:\n  name: (\S+)", RegexOptions.Multiline)]
    private static partial Regex Workload();
}
