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

    /// <summary>
    /// The same with things beside it that look weak and are not: a batch job that runs once and without probes, a tool of one replica that nobody calls, a stateful set of one
    /// in a namespace for trying things out that nothing leads to.
    /// </summary>
    public static string WithDecoys(string manifests)
    {
        string[] more =
        [
            Decoy("batch/v1", "Job", "nightly-report", "sock-shop", "  backoffLimit: 4"),
            Decoy("apps/v1", "Deployment", "toolbox", "sock-shop", "  replicas: 1"),
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: playground\n",
            Decoy("apps/v1", "StatefulSet", "scratch", "playground", "  replicas: 1\n  serviceName: scratch"),
        ];
        return string.Join("\n---\n", more.Prepend(manifests.TrimEnd()));
    }

    private static string Decoy(string version, string kind, string name, string space, string spec) =>
        $"""
        apiVersion: {version}
        kind: {kind}
        metadata:
          name: {name}
          namespace: {space}
          labels:
            app: {name}
        spec:
        {spec}
          selector:
            matchLabels:
              app: {name}
          template:
            metadata:
              labels:
                app: {name}
            spec:
              containers:
                - name: {name}
                  image: example/{name}:1.0

        """;

    private static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');

    [GeneratedRegex(@"^ +crater\.dev/.*\n", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^kind: (?:Deployment|StatefulSet)\nmetadata:\n  name: (\S+)", RegexOptions.Multiline)]
    private static partial Regex Workload();
}
