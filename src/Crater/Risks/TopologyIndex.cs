using System.Globalization;
using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks;

/// <summary>A topology with the look-ups that rules and the advisor need, computed once.</summary>
public sealed class TopologyIndex
{
    private readonly Dictionary<string, Component> _byId;
    private readonly ILookup<string, Dependency> _from;
    private readonly ILookup<string, Dependency> _to;
    private readonly Dictionary<string, IReadOnlyList<string>> _entryRoutesTo = [];
    private TopologyIndex? _cluster;

    public TopologyIndex(Topology topology)
    {
        Topology = topology;
        Components = [.. topology.Components.OrderBy(component => component.Id, StringComparer.Ordinal)];
        _byId = Components.ToDictionary(component => component.Id, StringComparer.Ordinal);
        var known = topology.Dependencies.Where(d => d.From != d.To && _byId.ContainsKey(d.From) && _byId.ContainsKey(d.To)).ToArray();
        _from = known.OrderBy(d => d.To, StringComparer.Ordinal).ToLookup(d => d.From, StringComparer.Ordinal);
        _to = known.OrderBy(d => d.From, StringComparer.Ordinal).ToLookup(d => d.To, StringComparer.Ordinal);
        EntryRoutes = Routes();
    }

    public Topology Topology { get; }

    /// <summary>The same without hosts and what runs on them.</summary>
    public TopologyIndex Cluster => _cluster ??= Components.Any(component => component.IsOnHost)
        ? new TopologyIndex(Topology with { Components = [.. Topology.Components.Where(component => !component.IsOnHost)] })
        : this;

    /// <summary>By id, so that every answer has the same order.</summary>
    public IReadOnlyList<Component> Components { get; }

    /// <summary>Components that are meant to be there all the time: no jobs, nothing scaled to zero.</summary>
    public IEnumerable<Component> LongRunning =>
        Components.Where(component => component.Kind != TargetKind.Job && component.Replicas > 0);

    /// <summary>The ways in: each ingress route with a component behind it; without any, each entry point.</summary>
    public IReadOnlyList<EntryRoute> EntryRoutes { get; }

    public Component? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The edges to what the component depends on.</summary>
    public IEnumerable<Dependency> DependenciesOf(Component component) => _from[component.Id];

    /// <summary>The edges from what depends on the component.</summary>
    public IEnumerable<Dependency> DependantsOf(Component component) => _to[component.Id];

    /// <summary>Everything that depends on it, directly or through others, nearest first; without itself.</summary>
    public IReadOnlyList<string> TransitiveDependantsOf(string id) => Walk(id, at => _to[at].Select(edge => edge.From));

    /// <summary>Everything it depends on, directly or through others, nearest first; without itself.</summary>
    public IReadOnlyList<string> TransitiveDependenciesOf(string id) => Walk(id, at => _from[at].Select(edge => edge.To));

    /// <summary>The entry routes on whose way the component lies.</summary>
    public IReadOnlyList<string> EntryRoutesTo(string id)
    {
        if (!_entryRoutesTo.TryGetValue(id, out var routes))
        {
            var above = TransitiveDependantsOf(id).Append(id).ToHashSet(StringComparer.Ordinal);
            _entryRoutesTo[id] = routes = [.. EntryRoutes.Where(route => above.Contains(route.Component)).Select(route => route.Text)];
        }

        return routes;
    }

    /// <summary>Keeps data that would be missed: by its tier, its kind, its volume or the port it serves on; never by its name.</summary>
    public static bool KeepsState(Component component) =>
        component.Tier is Tier.Data or Tier.Queue
        || component.Kind == TargetKind.StatefulSet
        || component.Policy.HasPersistentVolume
        || component.Containers.Any(container => container.Ports.Any(port => StorePorts.Contains(port.Port)));

    /// <summary>What the application declares under one of the keys; null when it says nothing.</summary>
    public static string? Declared(Component component, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (component.Policy.Declared.TryGetValue(key, out var value) && value.Trim().Length > 0)
            {
                return value.Trim();
            }
        }

        return null;
    }

    /// <summary>Well-known ports of data stores and brokers (IANA service names and the products' manuals).</summary>
    private static readonly HashSet<int> StorePorts =
        [1433, 1521, 2181, 2379, 3306, 5432, 5672, 6379, 7000, 8529, 9042, 9092, 9200, 11211, 26257, 27017, 33060];

    private IReadOnlyList<EntryRoute> Routes()
    {
        var routes = Topology.Ingresses.Where(route => _byId.ContainsKey(route.Component))
            .Select(route => new EntryRoute($"{route.Host}{route.Path}", route.Component))
            .Distinct().OrderBy(route => route.Text, StringComparer.Ordinal).ThenBy(route => route.Component, StringComparer.Ordinal).ToArray();
        var behind = routes.Select(route => route.Component).ToHashSet(StringComparer.Ordinal);
        var others = Components.Where(c => c.IsEntryPoint && !behind.Contains(c.Id)).Select(c => new EntryRoute(c.Id, c.Id));
        return [.. routes, .. others];
    }

    private static List<string> Walk(string start, Func<string, IEnumerable<string>> next)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { start };
        var order = new List<string>();
        var queue = new Queue<string>([start]);
        while (queue.TryDequeue(out var at))
        {
            foreach (var id in next(at).Where(seen.Add))
            {
                order.Add(id);
                queue.Enqueue(id);
            }
        }

        return order;
    }
}

/// <summary>One way into the application.</summary>
/// <param name="Text">Host and path of the ingress route, or the entry component's id.</param>
/// <param name="Component">The first component on the way.</param>
public sealed record EntryRoute(string Text, string Component)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Text} → {Component}");
}
