using Crater.Discovery;
using Crater.Drivers;
using Crater.Targets;

namespace Crater;

/// <summary>A world with nothing in it: for documents that break nothing through Crater's own drivers, and so need no cluster.</summary>
public sealed class EmptyWorld : ITopologySource, ITargets, IClaims
{
    private EmptyWorld() { }

    public static World World { get; } = Make();

    /// <inheritdoc/>
    public string Name => "";

    public Task<Topology> DiscoverAsync(CancellationToken abort) => Task.FromResult(new Topology { Source = Name, Components = [] });

    public Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort) =>
        Task.FromResult(new TargetSearch([], new Dictionary<string, int>(), []));

    public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => Task.FromResult<IReadOnlyList<Claim>>([]);

    public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) => Task.FromResult<RunId?>(null);

    public Task ReleaseAsync(Claim claim, CancellationToken budget) => Task.CompletedTask;

    private static World Make()
    {
        var nothing = new EmptyWorld();
        return new World(nothing, nothing, nothing, [], []);
    }
}
