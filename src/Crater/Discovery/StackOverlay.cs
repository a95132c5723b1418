namespace Crater.Discovery;

/// <summary>Lays what stack.yaml says over what discovery found; the file wins and is named as the evidence.</summary>
public static class StackOverlay
{
    public static Topology Apply(Topology topology, StackFile stack)
    {
        var warnings = topology.Warnings.Concat(stack.Warnings.Select(problem => $"{stack.Path}: {problem}")).ToList();
        var matched = stack.TargetServices.Select(service => (Service: service, Components: Matches(topology, service))).ToList();
        warnings.AddRange(matched.Where(match => match.Components.Count == 0).Select(match =>
            $"{stack.Path}: target service '{match.Service.Name}'{(match.Service.Namespace.Length > 0 ? $" in namespace '{match.Service.Namespace}'" : "")} was not found in {topology.Source}."));

        var edges = matched.SelectMany(match => match.Components.SelectMany(from => Edges(topology, match.Service, from, stack.Path, warnings))).ToList();
        var analysed = TopologyAnalysis.Analyse(topology with { Dependencies = Dependencies.Merge([.. topology.Dependencies, .. edges]) });
        var said = matched.SelectMany(match => match.Components.Select(id => (id, match.Service))).ToLookup(pair => pair.id, pair => pair.Service);
        return analysed with
        {
            Components = [.. analysed.Components.Select(component => said[component.Id].Aggregate(component, (found, service) => Override(found, service, stack.Path)))],
            Warnings = warnings,
        };
    }

    private static Component Override(Component component, StackService service, string path)
    {
        var evidence = $"{System.IO.Path.GetFileName(path)} says so";
        var withTier = service.Tier == Tier.Unknown ? component : component with { Tier = service.Tier, TierReason = evidence };
        return service.Critical switch
        {
            true => withTier with { Criticality = 1, CriticalityReasons = [$"critical: {evidence}"] },
            // Not critical is a ceiling, not a value: what the graph says below it still orders the rest.
            false => withTier with { Criticality = Math.Min(withTier.Criticality, 0.5), CriticalityReasons = [.. withTier.CriticalityReasons, $"not critical: {evidence}"] },
            null => withTier,
        };
    }

    private static IEnumerable<Dependency> Edges(Topology topology, StackService service, string from, string path, List<string> warnings)
    {
        foreach (var name in service.Dependencies)
        {
            var targets = Named(topology, name, service.Namespace);
            if (targets.Count == 0)
            {
                warnings.Add($"{path}: '{service.Name}' depends on '{name}', which was not found in {topology.Source}.");
            }

            foreach (var to in targets)
            {
                yield return new Dependency(from, to, Dependencies.Stated, [new Evidence("stack", $"{System.IO.Path.GetFileName(path)} says so")]);
            }
        }
    }

    private static List<string> Matches(Topology topology, StackService service) =>
    [
        .. topology.Components.Where(component => component.Name == service.Name
            && (service.Namespace.Length == 0 || component.Namespace == service.Namespace)
            && (service.Type is null || component.Kind == service.Type)).Select(component => component.Id),
    ];

    /// <summary>By id, by <c>namespace/name</c> or by name; a component of that name, else what stands behind a service of that name.</summary>
    private static IReadOnlyList<string> Named(Topology topology, string name, string space)
    {
        if (topology.Components.FirstOrDefault(component => component.Id == name) is { } exact)
        {
            return [exact.Id];
        }

        var (within, plain) = name.Split('/') is [var given, var rest] ? (given, rest) : (space, name);
        var components = topology.Components.Where(component => component.Name == plain && (within.Length == 0 || component.Namespace == within)).ToList();
        return components.Count > 0
            ? [.. components.Select(component => component.Id)]
            : [.. topology.Services.Where(service => service.Name == plain && (within.Length == 0 || service.Namespace == within)).SelectMany(service => service.Backends)];
    }
}
