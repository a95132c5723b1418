using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Discovery;

/// <summary>Reads what stands around the components: services, ingresses, disruption budgets, autoscalers, nodes.</summary>
internal static class ExposureReader
{
    private const string ZoneKey = "topology.kubernetes.io/zone";

    public static Node Node(JsonObject node) => new(
        node.Name(), node.Labels().GetValueOrDefault(ZoneKey, ""), node.Condition("Ready"), node.Flag("spec", "unschedulable"), node.Labels())
    {
        Taints = [.. node.Objects("spec", "taints").Select(taint => $"{taint.Text("key")}={taint.Text("value")}:{taint.Text("effect")}")],
    };

    /// <summary>Without its backends: which components those are is known later.</summary>
    public static ServiceEndpoint Service(JsonObject service) => new(
        service.Namespace(), service.Name(), service.Text("spec", "type") is { Length: > 0 } type ? type : "ClusterIP",
        [.. service.Objects("spec", "ports").Select(port => new ServicePort(port.Text("name"), port.Integer("port") ?? 0, port.Text("targetPort")))], [])
    {
        Selector = Selectors.Text(service.Map("spec", "selector")),
        Headless = service.Text("spec", "clusterIP") == "None",
    };

    /// <param name="components">By namespace.</param>
    public static ServiceEndpoint WithBackends(ServiceEndpoint service, ILookup<string, Component> components) =>
        service.Selector.Length == 0 ? service : service with { Backends = Covered(service.Namespace, service.Selector, components) };

    public static IEnumerable<IngressRoute> Routes(JsonObject ingress, IReadOnlyList<ServiceEndpoint> services)
    {
        var space = ingress.Namespace();
        if (ingress.At("spec", "defaultBackend", "service") is { } fallback)
        {
            yield return Route("", "", fallback.Text("name"));
        }

        foreach (var rule in ingress.Objects("spec", "rules"))
        {
            foreach (var path in rule.Objects("http", "paths"))
            {
                yield return Route(rule.Text("host"), path.Text("path"), path.Text("backend", "service", "name"));
            }
        }

        IngressRoute Route(string host, string path, string service)
        {
            var behind = services.FirstOrDefault(found => found.Namespace == space && found.Name == service);
            return new IngressRoute(space, ingress.Name(), host, path, service, behind?.Backends.Count > 0 ? behind.Backends[0] : "");
        }
    }

    /// <param name="components">By namespace.</param>
    public static DisruptionBudget Budget(JsonObject budget, ILookup<string, Component> components) => new(
        budget.Namespace(), budget.Name(), budget.Text("spec", "minAvailable"), budget.Text("spec", "maxUnavailable"),
        budget.Integer("status", "disruptionsAllowed"),
        budget.At("spec", "selector") is null ? [] : Covered(budget.Namespace(), Selectors.Text(budget.At("spec", "selector")), components));

    public static Autoscaler Autoscaler(JsonObject autoscaler, IReadOnlyList<Component> components)
    {
        var id = $"{autoscaler.Text("spec", "scaleTargetRef", "kind").ToLowerInvariant()}/{autoscaler.Namespace()}/{autoscaler.Text("spec", "scaleTargetRef", "name")}";
        return new Autoscaler(
            autoscaler.Namespace(), autoscaler.Name(), components.Any(component => component.Id == id) ? id : "",
            autoscaler.Integer("spec", "minReplicas") ?? 1, autoscaler.Integer("spec", "maxReplicas") ?? 1);
    }

    /// <summary>The components whose pods a selector matches; an empty one matches all of the namespace.</summary>
    private static List<string> Covered(string space, string selector, ILookup<string, Component> components) =>
        !LabelSelector.TryParse(selector, out var parsed) || parsed is null
            ? []
            : [.. components[space].Where(component => parsed.Matches(component.PodLabels)).Select(component => component.Id)];
}
