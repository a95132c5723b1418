using Crater.Discovery;

namespace Crater.Kubernetes.Discovery.Meshes;

/// <summary>
/// Which component a label of a metric means. Names must be equal, and one that may mean two components means none: an edge that was guessed is worse than one that is missing.
/// </summary>
/// <param name="podOwner">The id of the component that a pod belongs to, by namespace and name; empty when it is not known.</param>
internal sealed class TrafficNames(IReadOnlyList<Component> components, IReadOnlyList<ServiceEndpoint> services, Func<string, string, string> podOwner)
{
    /// <summary>Kinds of workload as Linkerd names them.</summary>
    public static readonly string[] Kinds = ["deployment", "statefulset", "daemonset"];

    /// <summary>What OpenTelemetry's service name is set from where nobody sets it, in this order of trust.</summary>
    private static readonly string[] NameLabels = ["app.kubernetes.io/name", "app"];

    private readonly HashSet<string> _ids = [.. components.Select(component => component.Id)];
    private readonly ILookup<(string Space, string Name), string> _byName = components.ToLookup(component => (component.Namespace, component.Name), component => component.Id);
    private readonly IReadOnlyList<ILookup<string, Component>> _byTraceName =
    [
        components.ToLookup(component => component.Name),
        .. NameLabels.Select(label => components.Where(component => component.PodLabels.ContainsKey(label)).ToLookup(component => component.PodLabels[label])),
    ];

    private readonly Dictionary<(string Space, string Name), ServiceEndpoint> _services = services.ToDictionary(service => (service.Namespace, service.Name));

    public IReadOnlyList<string> Workload(string space, string name) => Only(_byName[(space, name)]);

    public IReadOnlyList<string> OfKind(string space, Func<string, string> name) =>
        Only(Kinds.Where(kind => name(kind).Length > 0).Select(kind => $"{kind}/{space}/{name(kind)}").Where(_ids.Contains));

    public IReadOnlyList<string> Service(string space, string name) => _services.GetValueOrDefault((space, name))?.Backends ?? [];

    public IReadOnlyList<string> Pod(string space, string name) => Only(_ids.Contains(podOwner(space, name)) ? [podOwner(space, name)] : []);

    /// <summary>A service as traces name it: the workload's name, or what its labels say.</summary>
    /// <param name="spaces">Namespaces that the metric gives, empty ones among them; where none is given, the name must be the only one of the cluster.</param>
    public IReadOnlyList<string> Named(string name, IReadOnlyList<string> spaces)
    {
        var space = spaces.FirstOrDefault(given => given.Length > 0);
        var found = _byTraceName.Select(named => named[name].Where(component => space is null || component.Namespace == space).Select(component => component.Id).ToList());
        return Only(found.FirstOrDefault(ids => ids.Count > 0, []));
    }

    private static List<string> Only(IEnumerable<string> found) => found.Distinct().Take(2).ToList() is { Count: 1 } one ? one : [];
}
