using Crater.Agents;
using Crater.Discovery;

namespace Crater;

/// <summary>The hosts of a stack.yaml as a place that experiments run against.</summary>
public sealed class HostWorld : ITopologySource, IDisposable
{
    private readonly AgentFleet _fleet;
    private readonly AgentTopology _topology;
    private readonly StackFile _stack;

    public HostWorld(StackFile stack, TimeProvider clock)
    {
        // Beside a cluster, what is said of services counts here where it names a host as their namespace.
        _stack = stack.NamesCluster ? stack with { TargetServices = [.. stack.TargetServices.Where(service => IsOfHost(stack, service))] } : stack;
        _fleet = new AgentFleet(stack.Hosts, clock);
        _topology = new AgentTopology(_fleet);
        World = new World(this, new AgentTargets(_fleet), new AgentClaims(_fleet), [new AgentDriver(_fleet)], [new AgentMetricSource(_fleet, clock)]);
    }

    /// <inheritdoc/>
    public string Name => _topology.Name;

    public World World { get; }

    /// <inheritdoc/>
    public async Task<Topology> DiscoverAsync(CancellationToken abort) => StackOverlay.Apply(await _topology.DiscoverAsync(abort).ConfigureAwait(false), _stack);

    /// <summary>Whether a service of stack.yaml is a program on one of its hosts.</summary>
    public static bool IsOfHost(StackFile stack, StackService service) => stack.Hosts.Any(host => host.Name == service.Namespace);

    public void Dispose() => _fleet.Dispose();
}
