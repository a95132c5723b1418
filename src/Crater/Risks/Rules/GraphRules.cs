using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>What the shape of the graph says.</summary>
internal static class GraphRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-FANIN", 1, "More than half of the ways in lead through one backend", Severity.Low, Look.Workloads, ["GW-2"], FanIn),
        new("WK-CYCLE", 1, "Components depend on each other in a circle", Severity.Medium, Look.Workloads, ["NET-1"], Cycle),
        new("WK-SVC-DANGLING", 1, "A service whose selector finds nothing", Severity.Medium, ["services", "pods"], [], Service) { FixFirst = true },
        new("WK-ING-DANGLING", 1, "An ingress route that leads nowhere", Severity.Medium, ["ingresses", "services"], [], Ingress) { FixFirst = true },
    ];

    private static IEnumerable<Observation> FanIn(TopologyIndex index) =>
        from component in index.LongRunning
        where !component.IsEntryPoint && index.EntryRoutes.Count > 1
        let through = index.EntryRoutesTo(component.Id).Count
        where through > 0
        select Look.At(component, "entry routes", $"{through} of {index.EntryRoutes.Count} entry routes", through * 2 > index.EntryRoutes.Count);

    private static IEnumerable<Observation> Cycle(TopologyIndex index) => index.Components
        .Where(component => index.DependenciesOf(component).Any())
        .Select(component =>
        {
            var next = index.DependenciesOf(component).Select(edge => edge.To)
                .FirstOrDefault(to => index.TransitiveDependenciesOf(to).Contains(component.Id));
            return Look.At(component, "dependencies", next is null ? "no circle" : $"a circle through {next}", next is not null);
        });

    private static IEnumerable<Observation> Service(TopologyIndex index) => index.Topology.Services
        .Where(service => service.Selector.Length > 0)
        .OrderBy(service => service.Namespace, StringComparer.Ordinal).ThenBy(service => service.Name, StringComparer.Ordinal)
        .Select(service =>
        {
            var backend = service.Backends.Count > 0 ? service.Backends[0] : OnePod(index, service);
            return new Observation(
                backend,
                $"service/{service.Namespace}/{service.Name} spec.selector",
                backend.Length > 0 ? $"finds {string.Join(", ", service.Backends.DefaultIfEmpty(backend))}" : $"'{service.Selector}' finds nothing",
                backend.Length > 0 ? Answer.Satisfied : Answer.Violated);
        });

    /// <summary>A service of one member of a stateful set selects it by a label that the template does not have: the controller adds it.</summary>
    private static string OnePod(TopologyIndex index, ServiceEndpoint service)
    {
        const string PodName = "statefulset.kubernetes.io/pod-name=";
        var term = service.Selector.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(part => part.StartsWith(PodName, StringComparison.Ordinal));
        return term is null ? "" : index.Components
            .FirstOrDefault(component => component.Namespace == service.Namespace && component.Pods.Any(pod => pod.Name == term[PodName.Length..]))?.Id ?? "";
    }

    private static IEnumerable<Observation> Ingress(TopologyIndex index) => index.Topology.Ingresses
        .OrderBy(route => route.Namespace, StringComparer.Ordinal).ThenBy(route => route.Name, StringComparer.Ordinal).ThenBy(route => route.Path, StringComparer.Ordinal)
        .Select(route => new Observation(
            route.Component,
            $"ingress/{route.Namespace}/{route.Name} {route.Host}{route.Path}",
            route.Component.Length > 0 ? $"leads to {route.Component}" : $"service '{route.Service}' has no component behind it",
            route.Component.Length > 0 ? Answer.Satisfied : Answer.Violated));
}
