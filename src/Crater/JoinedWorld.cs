using Crater.Agents;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Targets;

namespace Crater;

/// <summary>A cluster and hosts as one place: what is asked goes to whom it belongs, and what is seen is put together.</summary>
public sealed class JoinedWorld : ITopologySource, ITargets, IClaims
{
    private readonly World _cluster;
    private readonly World _hosts;

    private JoinedWorld(World cluster, World hosts) => (_cluster, _hosts) = (cluster, hosts);

    /// <inheritdoc/>
    public string Name => $"{_cluster.Topology.Name} and {_hosts.Topology.Name}";

    public static World Of(World cluster, World hosts)
    {
        var joined = new JoinedWorld(cluster, hosts);
        return new World(joined, joined, joined, [.. cluster.Drivers.Select(driver => hosts.Drivers.FirstOrDefault(other => other.Name == driver.Name) is { } other ? new JoinedDriver(driver, other) : driver), .. hosts.Drivers.Where(driver => cluster.Drivers.All(other => other.Name != driver.Name))], [.. cluster.Sources, .. hosts.Sources]);
    }

    /// <inheritdoc/>
    public async Task<Topology> DiscoverAsync(CancellationToken abort)
    {
        var (cluster, hosts) = (await _cluster.Topology.DiscoverAsync(abort).ConfigureAwait(false), await _hosts.Topology.DiscoverAsync(abort).ConfigureAwait(false));
        return cluster with
        {
            Source = Name,
            Components = [.. cluster.Components, .. hosts.Components],
            Dependencies = Dependencies.Merge([.. cluster.Dependencies, .. hosts.Dependencies]),
            Unknown = [.. cluster.Unknown, .. hosts.Unknown],
            Warnings = [.. cluster.Warnings.Concat(hosts.Warnings).Distinct()],
        };
    }

    public Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort) =>
        (selector.Hosts is null ? _cluster : _hosts).Targets.FindAsync(selector, abort);

    public async Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) =>
        [.. await _cluster.Claims.ListAsync(abort).ConfigureAwait(false), .. await _hosts.Claims.ListAsync(abort).ConfigureAwait(false)];

    public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) => Of(claim).ClaimAsync(claim, lease, abort);

    public Task ReleaseAsync(Claim claim, CancellationToken budget) => Of(claim).ReleaseAsync(claim, budget);

    private IClaims Of(Claim claim) => (AgentClaims.IsOnHost(claim.Target) ? _hosts : _cluster).Claims;
}
