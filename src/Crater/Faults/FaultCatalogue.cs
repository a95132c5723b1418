using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Faults.Families;
using Crater.Targets;

namespace Crater.Faults;

/// <summary>Every fault there is, by its name and by the names that other tools give it.</summary>
public static class FaultCatalogue
{
    /// <summary>In the order of the catalogue: by family, then by name as listed there. A name that means something else for hosts than for a cluster stands twice.</summary>
    public static IReadOnlyList<FaultDefinition> All { get; } = ClusterTargets.Extend(
    [
        .. PodFaults.All, .. ProcessFaults.All, .. NetworkFaults.All, .. HttpFaults.All, .. NodeFaults.All, .. WorkloadFaults.All, .. ClusterFaults.All, .. EngineFaults.All, .. MeshFaults.All,
        .. HostProcessFaults.All, .. HostResourceFaults.All, .. HostNetworkFaults.All, .. HostDnsFaults.All, .. HostHttpFaults.All, .. HostFileFaults.All, .. HostContainerFaults.All,
    ]);

    private static readonly Dictionary<string, IReadOnlyList<FaultDefinition>> ByName = Index();

    /// <summary>The definition by canonical name or alias, whatever the case, a cluster's before a host's; null when the word is not known.</summary>
    public static FaultDefinition? Find(string name) => Variants(name) is [var first, ..] ? first : null;

    /// <summary>The definition of that name that hits targets of this kind; null when there is none.</summary>
    public static FaultDefinition? Find(string name, TargetKind kind) => Variants(name).FirstOrDefault(definition => definition.Targets.Contains(kind));

    /// <summary>Every definition of that name: one, or two where a cluster and a host can do it; none when the word is not known.</summary>
    public static IReadOnlyList<FaultDefinition> Variants(string name) => ByName.GetValueOrDefault(Normal(name), []);

    /// <summary>Names and aliases that look like the word, nearest first; at most 3, empty when nothing is near.</summary>
    public static IReadOnlyList<string> Nearest(string name) => Spelling.Nearest(Normal(name), ByName.Keys);

    /// <summary>Makes a fault of what a document says. Every problem is added; null when one of them is an error.</summary>
    /// <param name="name">A canonical name or an alias; kept in <see cref="Fault.AskedAs"/>.</param>
    /// <param name="arguments">Values by parameter name or its alias; null for none.</param>
    /// <param name="path">Where the arguments stand, for the problems.</param>
    /// <param name="kind">What it is to hit; where no definition of that name can, the first one's parameters count, and saying so is the planner's matter.</param>
    public static Fault? Describe(string name, MapNode? arguments, string path, ICollection<Problem> problems, TargetKind? kind = null)
    {
        if (((kind is { } hit ? Find(name, hit) : null) ?? Find(name)) is not { } definition)
        {
            problems.Add(Unknown(name, path, arguments?.Line ?? 0, arguments?.Column ?? 0));
            return null;
        }

        return new ArgumentReader(definition, path, problems).Read(arguments) is { } values
            ? new Fault { Name = definition.Name, AskedAs = name, Arguments = values }
            : null;
    }

    /// <inheritdoc cref="Describe(string, MapNode?, string, ICollection{Problem}, TargetKind?)"/>
    public static Fault? Describe(string name, IReadOnlyDictionary<string, JsonNode?> arguments, string path, ICollection<Problem> problems, TargetKind? kind = null) =>
        Describe(name, new MapNode([.. arguments.Select(pair => new MapEntry(pair.Key, DocumentNode.FromJson(pair.Value), 0, 0))], 0, 0), path, problems, kind);

    /// <summary>The problem of a name that <see cref="Find"/> does not know: known elsewhere but not available (CRT2102), or unknown (CRT2101).</summary>
    public static Problem Unknown(string name, string path, int line, int column)
    {
        if (UnavailableFaults.Find(Normal(name)) is { } unavailable)
        {
            return new Problem(path, "CRT2102",
                $"{name} is known but not available in this release: {unavailable.Reason} Available instead: {string.Join(", ", unavailable.Instead)}.", line, column);
        }

        var near = Nearest(name);
        var hint = near.Count > 0 ? $"Did you mean {string.Join(" or ", near)}?" : "craterctl catalog lists all there are.";
        return new Problem(path, "CRT2101", $"There is no fault {name}. {hint}", line, column);
    }

    // "CPU burn", "cpu_burn" and "cpu-burn" are one name.
    private static string Normal(string name) => name.Trim().ToLowerInvariant().Replace(' ', '-').Replace('_', '-');

    private static Dictionary<string, IReadOnlyList<FaultDefinition>> Index() => All
        .SelectMany(definition => definition.Aliases.Select(Normal).Prepend(definition.Name).Select(name => (Name: name, Definition: definition)))
        .GroupBy(pair => pair.Name, StringComparer.Ordinal)
        .ToDictionary(pairs => pairs.Key, pairs => (IReadOnlyList<FaultDefinition>)[.. pairs.Select(pair => pair.Definition)], StringComparer.Ordinal);
}
