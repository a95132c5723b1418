namespace Crater.Discovery;

/// <summary>Puts together what several kinds of evidence say about the same edge.</summary>
public static class Dependencies
{
    /// <summary>Traffic was seen on the edge.</summary>
    public const double Observed = 1.0;

    /// <summary>A person wrote it into stack.yaml.</summary>
    public const double Stated = 1.0;

    /// <summary>An ingress sends traffic there.</summary>
    public const double Routed = 0.9;

    /// <summary>An environment variable names the service; whether it is used is another question.</summary>
    public const double Referenced = 0.8;

    /// <summary>One edge per pair: all evidence, the greatest confidence; ordered by ids. Edges to oneself say nothing and are dropped.</summary>
    public static IReadOnlyList<Dependency> Merge(IEnumerable<Dependency> edges) =>
    [
        .. edges.Where(edge => edge.From != edge.To)
            .GroupBy(edge => (edge.From, edge.To))
            .OrderBy(group => group.Key.From, StringComparer.Ordinal).ThenBy(group => group.Key.To, StringComparer.Ordinal)
            .Select(group => new Dependency(
                group.Key.From, group.Key.To, group.Max(edge => edge.Confidence), [.. group.SelectMany(edge => edge.Evidence).Distinct()])
            {
                Traffic = group.Select(edge => edge.Traffic).FirstOrDefault(traffic => traffic is not null),
            }),
    ];

    /// <summary>Edges from the host parts of environment variables.</summary>
    public static IEnumerable<Dependency> FromEnvironment(IReadOnlyList<Component> components, IReadOnlyList<ServiceEndpoint> services)
    {
        var names = new ServiceNames(services);
        return from component in components
               from container in component.Containers
               from reference in container.EnvHosts
               let variable = reference[..reference.IndexOf('=', StringComparison.Ordinal)]
               let host = reference[(variable.Length + 1)..].Split(':')[0]
               from backend in names.Resolve(host, component.Namespace)?.Backends ?? []
               select new Dependency(component.Id, backend, Referenced, [new Evidence("env", $"env {variable} names {host}")]);
    }
}
