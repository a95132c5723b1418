namespace Crater.Discovery;

/// <summary>Who depends on whom, for questions about reach.</summary>
public sealed class DependencyGraph
{
    private readonly ILookup<string, string> _dependencies;
    private readonly ILookup<string, string> _dependents;

    public DependencyGraph(IReadOnlyList<Component> components, IReadOnlyList<Dependency> dependencies)
    {
        var ids = components.Select(component => component.Id).ToHashSet();
        var edges = dependencies.Where(edge => ids.Contains(edge.From) && ids.Contains(edge.To) && edge.From != edge.To).ToList();
        Ids = [.. ids.Order(StringComparer.Ordinal)];
        _dependencies = edges.ToLookup(edge => edge.From, edge => edge.To);
        _dependents = edges.ToLookup(edge => edge.To, edge => edge.From);
        EntryPoints = [.. components.Where(component => component.IsEntryPoint).Select(component => component.Id).Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> Ids { get; }

    public IReadOnlyList<string> EntryPoints { get; }

    /// <summary>What it calls.</summary>
    public IEnumerable<string> DependenciesOf(string id) => _dependencies[id].Distinct();

    /// <summary>Who calls it.</summary>
    public IEnumerable<string> DependentsOf(string id) => _dependents[id].Distinct();

    /// <summary>Everyone who depends on it directly or through others, without itself.</summary>
    public IReadOnlySet<string> AllDependentsOf(string id)
    {
        var (seen, open) = (new HashSet<string>([id]), new Queue<string>([id]));
        while (open.TryDequeue(out var one))
        {
            foreach (var reached in _dependents[one].Where(seen.Add))
            {
                open.Enqueue(reached);
            }
        }

        seen.Remove(id);
        return seen;
    }

    /// <summary>Where looking at reach starts: the entry points, or, where none is known, everything that nobody calls.</summary>
    public IReadOnlyList<string> Roots => EntryPoints.Count > 0 ? EntryPoints : [.. Ids.Where(id => !_dependents.Contains(id))];
}
