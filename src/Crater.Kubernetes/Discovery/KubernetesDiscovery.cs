using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery.Meshes;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Kubernetes.Discovery;

/// <summary>Looks at a cluster and says what runs there and what depends on what. Reads only; never reads a Secret.</summary>
public sealed class KubernetesDiscovery
{
    /// <summary>Enough that a thousand maps are no thousand round trips, and few enough for a server's limits.</summary>
    private const int MapsAtATime = 8;

    private readonly KubernetesClient _client;
    private readonly string _version;
    private readonly bool _isLab;
    private readonly IObjectSource _objects;
    private readonly PrometheusServer? _prometheus;

    public KubernetesDiscovery(KubernetesClient client, string version, bool isLab) : this(client, version, isLab, new ListedObjects(client), null)
    {
    }

    public KubernetesDiscovery(KubernetesConnection connection) : this(connection.Client, connection.ServerVersion, connection.IsLab)
    {
    }

    /// <param name="prometheus">Where a service mesh's or an ingress controller's counts of calls are; null for nowhere.</param>
    internal KubernetesDiscovery(KubernetesClient client, string version, bool isLab, IObjectSource objects, PrometheusServer? prometheus) =>
        (_client, _version, _isLab, _objects, _prometheus) = (client, version, isLab, objects, prometheus);

    /// <summary>The topology with tiers and criticality. What could not be seen stands in its <see cref="Topology.Unknown"/>.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked at all.</exception>
    public async Task<Topology> DiscoverAsync(DiscoveryOptions options, CancellationToken abort)
    {
        var collector = new Collector(_objects, _client.Context, options);
        await collector.ChooseNamespacesAsync(abort);
        var kinds = ClusterView.Kinds;
        var lists = await Task.WhenAll(kinds.Select(kind => collector.ListAsync(kind, abort)));
        var view = new ClusterView(kinds.Zip(lists).ToDictionary(pair => pair.First, pair => pair.Second));
        var workloads = view.Workloads();

        var services = view[Resource.Services].Select(ExposureReader.Service).ToList();
        var nodes = view[Resource.Nodes].Select(ExposureReader.Node).ToList();
        var maps = await MapsAsync(collector, workloads, abort);
        var ownership = Ownership.From(view[Resource.ReplicaSets]);
        var pods = view.LivingPods;
        var components = Components(workloads, new ComponentReader(new ContainerReader(new ServiceNames(services), maps), pods.ToLookup(ownership.ComponentOf), nodes.ToDictionary(node => node.Name, node => node.Zone)));
        var bySpace = components.ToLookup(component => component.Namespace);
        services = [.. services.Select(service => ExposureReader.WithBackends(service, bySpace))];
        var (traffic, warnings) = await TrafficAsync(components, services, pods, ownership, abort);
        return TopologyAnalysis.Analyse(new Topology
        {
            Source = _client.Context,
            Version = _version,
            Components = components,
            Dependencies = Edges(components, services, traffic),
            Services = services,
            Nodes = nodes,
            Ingresses = [.. view[Resource.Ingresses].SelectMany(ingress => ExposureReader.Routes(ingress, services))],
            DisruptionBudgets = [.. view[Resource.DisruptionBudgets].Select(budget => ExposureReader.Budget(budget, bySpace))],
            Autoscalers = [.. view[Resource.Autoscalers].Select(autoscaler => ExposureReader.Autoscaler(autoscaler, components))],
            Unknown = collector.Unknown,
            Warnings = [.. collector.Warnings, .. warnings],
        });
    }

    // The lab counts calls itself; elsewhere a mesh, an ingress controller or traces may.
    private async Task<(IReadOnlyList<Dependency> Edges, IReadOnlyList<string> Warnings)> TrafficAsync(
        IReadOnlyList<Component> components, IReadOnlyList<ServiceEndpoint> services, IReadOnlyList<JsonObject> pods, Ownership ownership, CancellationToken abort)
    {
        var seen = _isLab ? await TrafficReader.ReadAsync(_client, abort) : [];
        if (_prometheus is null)
        {
            return (seen, []);
        }

        var byName = pods.ToDictionary(pod => (pod.Namespace(), pod.Name()));
        var names = new TrafficNames(components, services, (space, name) => byName.TryGetValue((space, name), out var pod) ? ownership.ComponentOf(pod) : "");
        var (edges, warnings) = await MeshTraffic.ReadAsync(_prometheus, names, abort);
        return ([.. seen, .. edges], warnings);
    }

    private static List<Component> Components(IReadOnlyList<(TargetKind Kind, JsonObject Object)> workloads, ComponentReader reader) =>
    [
        .. workloads.Select(workload => reader.Read(workload.Kind, workload.Object)).OrderBy(component => component.Namespace, StringComparer.Ordinal)
            .ThenBy(component => component.Name, StringComparer.Ordinal).ThenBy(component => component.Kind),
    ];

    private static IReadOnlyList<Dependency> Edges(List<Component> components, List<ServiceEndpoint> services, IReadOnlyList<Dependency> traffic)
    {
        var known = components.Select(component => component.Id).ToHashSet();
        return Dependencies.Merge(
            traffic.Where(edge => known.Contains(edge.From) && known.Contains(edge.To)).Concat(Dependencies.FromEnvironment(components, services)));
    }

    /// <summary>Config maps that environment variables come from; others are nobody's business.</summary>
    private static async Task<IReadOnlyDictionary<(string Space, string Name), JsonObject>> MapsAsync(Collector collector, IReadOnlyList<(TargetKind Kind, JsonObject Object)> workloads, CancellationToken abort)
    {
        var wanted = workloads.SelectMany(workload => MapNames(workload.Object).Select(name => (Space: workload.Object.Namespace(), Name: name))).Distinct();
        var found = new ConcurrentDictionary<(string Space, string Name), JsonObject>();
        await Parallel.ForEachAsync(wanted, new ParallelOptions { MaxDegreeOfParallelism = MapsAtATime, CancellationToken = abort }, async (map, stop) =>
        {
            if (await collector.FindAsync(Resource.ConfigMaps, map.Space, map.Name, stop) is { } there)
            {
                found[map] = there;
            }
        });
        return found;
    }

    private static IEnumerable<string> MapNames(JsonObject workload)
    {
        var spec = workload.At("spec", "template", "spec") ?? workload.At("spec");
        return spec.Objects("containers")
            .SelectMany(container => container.Objects("envFrom").Select(source => source.Text("configMapRef", "name"))
                .Concat(container.Objects("env").Select(env => env.Text("valueFrom", "configMapKeyRef", "name"))))
            .Where(name => name.Length > 0);
    }
}
