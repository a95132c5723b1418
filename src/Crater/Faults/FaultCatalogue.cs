using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Faults.Families;

namespace Crater.Faults;

/// <summary>Every fault there is, by its name and by the names that other tools give it.</summary>
public static class FaultCatalogue
{
    /// <summary>In the order of the catalogue: by family, then by name as listed there.</summary>
    public static IReadOnlyList<FaultDefinition> All { get; } =
    [
        .. PodFaults.All, .. ProcessFaults.All, .. NetworkFaults.All, .. HttpFaults.All, .. NodeFaults.All, .. WorkloadFaults.All,
    ];

    private static readonly Dictionary<string, FaultDefinition> ByName = Index();

    /// <summary>The definition by canonical name or alias, whatever the case; null when the word is not known.</summary>
    public static FaultDefinition? Find(string name) => ByName.GetValueOrDefault(Normal(name));

    /// <summary>Names and aliases that look like the word, nearest first; at most 3, empty when nothing is near.</summary>
    public static IReadOnlyList<string> Nearest(string name) => Spelling.Nearest(Normal(name), ByName.Keys);

    /// <summary>Makes a fault of what a document says. Every problem is added; null when one of them is an error.</summary>
    /// <param name="name">A canonical name or an alias; kept in <see cref="Fault.AskedAs"/>.</param>
    /// <param name="arguments">Values by parameter name or its alias; null for none.</param>
    /// <param name="path">Where the arguments stand, for the problems.</param>
    public static Fault? Describe(string name, MapNode? arguments, string path, ICollection<Problem> problems)
    {
        if (Find(name) is not { } definition)
        {
            problems.Add(Unknown(name, path, arguments?.Line ?? 0, arguments?.Column ?? 0));
            return null;
        }

        return new ArgumentReader(definition, path, problems).Read(arguments) is { } values
            ? new Fault { Name = definition.Name, AskedAs = name, Arguments = values }
            : null;
    }

    /// <inheritdoc cref="Describe(string, MapNode?, string, ICollection{Problem})"/>
    public static Fault? Describe(string name, IReadOnlyDictionary<string, JsonNode?> arguments, string path, ICollection<Problem> problems) =>
        Describe(name, new MapNode([.. arguments.Select(pair => new MapEntry(pair.Key, DocumentNode.FromJson(pair.Value), 0, 0))], 0, 0), path, problems);

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

    private static Dictionary<string, FaultDefinition> Index()
    {
        var byName = new Dictionary<string, FaultDefinition>(StringComparer.Ordinal);
        foreach (var definition in All)
        {
            byName.Add(definition.Name, definition);
            foreach (var alias in definition.Aliases)
            {
                byName.Add(Normal(alias), definition);
            }
        }

        return byName;
    }
}
