using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Discovery;

/// <summary>Looks at a cluster and says what runs there and what depends on what. Reads only; never reads a Secret.</summary>
public sealed class KubernetesDiscovery(KubernetesClient client, string version, bool isLab)
{
    public KubernetesDiscovery(KubernetesConnection connection) : this(connection.Client, connection.ServerVersion, connection.IsLab)
    {
    }

    /// <summary>The topology with tiers and criticality. What could not be seen stands in its <see cref="Topology.Unknown"/>.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked at all.</exception>
    public async Task<Topology> DiscoverAsync(DiscoveryOptions options, CancellationToken abort)
    {
        var collector = new Collector(client, options);
        await collector.ChooseNamespacesAsync(abort);
        var seen = await CollectAsync(collector, abort);
        var traffic = isLab ? await TrafficReader.ReadAsync(client, abort) : [];

        var services = seen.Services.Select(ExposureReader.Service).ToList();
        var nodes = seen.Nodes.Select(ExposureReader.Node).ToList();
        var maps = await MapsAsync(collector, seen, abort);
        var components = Components(seen, new ContainerReader(new ServiceNames(services), maps), nodes);
        var bySpace = components.ToLookup(component => component.Namespace);
        services = [.. services.Select(service => ExposureReader.WithBackends(service, bySpace))];
        return TopologyAnalysis.Analyse(new Topology
        {
            Source = client.Context,
            Version = version,
            Components = components,
            Dependencies = Edges(components, services, traffic),
            Services = services,
            Nodes = nodes,
            Ingresses = [.. seen.Ingresses.SelectMany(ingress => ExposureReader.Routes(ingress, services))],
            DisruptionBudgets = [.. seen.Budgets.Select(budget => ExposureReader.Budget(budget, bySpace))],
            Autoscalers = [.. seen.Autoscalers.Select(autoscaler => ExposureReader.Autoscaler(autoscaler, components))],
            Unknown = collector.Unknown,
            Warnings = collector.Warnings,
        });
    }

    private sealed record Seen(
        IReadOnlyList<(TargetKind Kind, JsonObject Object)> Workloads, IReadOnlyList<JsonObject> ReplicaSets, IReadOnlyList<JsonObject> Pods,
        IReadOnlyList<JsonObject> Services, IReadOnlyList<JsonObject> Ingresses, IReadOnlyList<JsonObject> Budgets,
        IReadOnlyList<JsonObject> Autoscalers, IReadOnlyList<JsonObject> Nodes);

    private static async Task<Seen> CollectAsync(Collector collector, CancellationToken abort)
    {
        Resource[] kinds =
        [
            Resource.Deployments, Resource.StatefulSets, Resource.DaemonSets, Resource.Jobs, Resource.ReplicaSets, Resource.Pods,
            Resource.Services, Resource.Ingresses, Resource.DisruptionBudgets, Resource.Autoscalers, Resource.Nodes,
        ];
        var lists = await Task.WhenAll(kinds.Select(kind => collector.ListAsync(kind, abort)));
        var found = kinds.Zip(lists).ToDictionary(pair => pair.First, pair => pair.Second);
        var pods = found[Resource.Pods].Where(IsAlive).ToList();
        return new Seen(
            [
                .. found[Resource.Deployments].Select(workload => (TargetKind.Deployment, workload)),
                .. found[Resource.StatefulSets].Select(workload => (TargetKind.StatefulSet, workload)),
                .. found[Resource.DaemonSets].Select(workload => (TargetKind.DaemonSet, workload)),
                .. found[Resource.ReplicaSets].Where(set => set.Controller() is null).Select(workload => (TargetKind.ReplicaSet, workload)),
                .. found[Resource.Jobs].Select(workload => (TargetKind.Job, workload)),
                .. pods.Where(pod => pod.Controller() is null).Select(pod => (TargetKind.Pod, pod)),
            ],
            found[Resource.ReplicaSets], pods, found[Resource.Services], found[Resource.Ingresses], found[Resource.DisruptionBudgets],
            found[Resource.Autoscalers], found[Resource.Nodes]);
    }

    private static List<Component> Components(Seen seen, ContainerReader containers, List<Node> nodes)
    {
        var ownership = Ownership.From(seen.ReplicaSets);
        var reader = new ComponentReader(containers, seen.Pods.ToLookup(ownership.ComponentOf), nodes.ToDictionary(node => node.Name, node => node.Zone));
        return
        [
            .. seen.Workloads.Select(workload => reader.Read(workload.Kind, workload.Object)).OrderBy(component => component.Namespace, StringComparer.Ordinal)
                .ThenBy(component => component.Name, StringComparer.Ordinal).ThenBy(component => component.Kind),
        ];
    }

    private static IReadOnlyList<Dependency> Edges(List<Component> components, List<ServiceEndpoint> services, IReadOnlyList<Dependency> traffic)
    {
        var known = components.Select(component => component.Id).ToHashSet();
        return Dependencies.Merge(
            traffic.Where(edge => known.Contains(edge.From) && known.Contains(edge.To)).Concat(Dependencies.FromEnvironment(components, services)));
    }

    /// <summary>Config maps that environment variables come from; others are nobody's business.</summary>
    private static async Task<IReadOnlyDictionary<(string Space, string Name), JsonObject>> MapsAsync(Collector collector, Seen seen, CancellationToken abort)
    {
        var wanted = seen.Workloads
            .SelectMany(workload => MapNames(workload.Object).Select(name => (Space: workload.Object.Namespace(), Name: name)))
            .Distinct().ToList();
        var found = new Dictionary<(string Space, string Name), JsonObject>();
        foreach (var (space, name) in wanted)
        {
            if (await collector.FindAsync(Resource.ConfigMaps, space, name, abort) is { } map)
            {
                found[(space, name)] = map;
            }
        }

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

    private static bool IsAlive(JsonObject pod) => !pod.IsTerminating() && pod.Text("status", "phase") is not ("Succeeded" or "Failed");
}
