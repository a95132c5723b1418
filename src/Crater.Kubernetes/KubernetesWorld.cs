using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Kubernetes.Keeping;
using Crater.Kubernetes.Measurements;
using Crater.Measurements;

namespace Crater.Kubernetes;

/// <summary>Which cluster becomes a world, and what is added to it.</summary>
public sealed record KubernetesWorldOptions
{
    public ConnectionOptions Connection { get; init; } = new();

    /// <summary>What the view is limited to; empty for every namespace that may be seen.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Nothing outside of <see cref="Namespaces"/> and the connection's own is looked at or hit, also not nodes. Default: false.</summary>
    public bool IsConfined { get; init; }

    /// <summary>What people know beyond what can be discovered; null for nothing.</summary>
    public StackFile? Stack { get; init; }

    /// <summary>How faults are handed to other engines.</summary>
    public EngineOptions Engines { get; init; } = new();

    /// <summary>Drivers beside <c>kubernetes</c> and those of other engines. Default: none.</summary>
    public Func<KubernetesConnection, IEnumerable<IDriver>> MoreDrivers { get; init; } = _ => [];

    /// <summary>The Lease that vouches for what this process holds in the cluster; null, the default, for none: then each change and claim is renewed by itself.</summary>
    public Voucher? Voucher { get; init; }

    /// <summary>How agent pods are run, for faults that take more than the API.</summary>
    public AgentPodOptions Agents { get; init; } = new();

    /// <summary>Metrics beside those of the cluster and its pods. Default: none.</summary>
    public IReadOnlyList<IMetricSource> MoreSources { get; init; } = [];

    /// <summary>Where the counts of a service mesh or an ingress controller are; null, the default, for nowhere.</summary>
    public PrometheusServer? Prometheus { get; init; }

    /// <summary>Whether the cluster is watched after the first look, so that each further one costs the server nothing: for who looks again and again. Default: no.</summary>
    public bool Watches { get; init; }
}

/// <summary>One cluster, with everything that can look at it and act on it: what a <see cref="ControlPlane"/> works on.</summary>
public sealed class KubernetesWorld : ITopologySource, IDisposable, IAsyncDisposable
{
    private static readonly string[] SystemSpaces = ["default"];

    /// <summary>Traffic and metrics are not watched, so that a look is not used for longer than this, though nothing changed.</summary>
    private static readonly TimeSpan LookAge = TimeSpan.FromSeconds(15);

    /// <summary>What other engines do is listed once for all injections that begin within this time.</summary>
    private static readonly TimeSpan NeighboursAge = TimeSpan.FromSeconds(1);

    private readonly ApiCatalogue _catalogue;
    private readonly KubernetesWorldOptions _options;
    private readonly TimeProvider _clock;
    private readonly WatchedObjects? _watched;
    private readonly SemaphoreSlim _looking = new(1);
    private (Topology Topology, long Changes, long At)? _last;

    private KubernetesWorld(KubernetesConnection connection, KubernetesWorldOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _watched = options.Watches ? new WatchedObjects(connection.Client, clock) : null;
        Connection = connection;
        IReadOnlyList<string> claimSpaces = [.. options.Namespaces.Append(connection.Namespace).Concat(options.IsConfined ? [] : SystemSpaces).Distinct()];
        Keeper = new ApiStateKeeper(connection.Client, claimSpaces, clock) { IsConfined = options.IsConfined };
        Keepers = new KeeperPresence(connection.Client, claimSpaces);
        var agents = new PodAgentDriver(connection, options.Agents, clock);
        Agents = agents.Sweep;
        _catalogue = new ApiCatalogue(connection.Client, clock);
        var neighbours = new EngineNeighbours(connection.Client, _catalogue, NeighboursAge);
        World = new World(
            this,
            new KubernetesTargets(connection.Client, connection.Namespace),
            new KubernetesClaims(options.Voucher is null ? connection.Client : connection.Aside, claimSpaces, options.IsConfined, options.Voucher),
            [new NeighbourlyDriver(new KubernetesDriver(connection.Client, clock, options.Voucher), neighbours), new LitmusDriver(connection.Client, options.Engines, clock), new ChaosMeshDriver(connection.Client, options.Engines, clock), .. options.MoreDrivers(connection), new NeighbourlyDriver(agents, neighbours)],
            [new KubernetesMetricSource(connection.Client, clock), new PodMetricsSource(connection.Client, clock), .. options.MoreSources]);
    }

    /// <summary>What is watched; null where nothing is.</summary>
    internal WatchedObjects? Watched => _watched;

    public KubernetesConnection Connection { get; }

    /// <inheritdoc/>
    public string Name => Connection.ContextName;

    public World World { get; }

    /// <summary>Restores what dead processes left behind on objects of the cluster.</summary>
    public ApiStateKeeper Keeper { get; }

    /// <summary>Finishes what dead processes left on nodes, through agents there.</summary>
    public AgentSweep Agents { get; }

    /// <summary>Who else would restore it: operators, labs.</summary>
    public KeeperPresence Keepers { get; }

    /// <summary>Opens the only context of a kubeconfig, by the system's clock.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT50xx: the kubeconfig. CRT51xx: no answer. CRT52xx: the answer is no.</exception>
    public static Task<KubernetesWorld> OpenAsync(string kubeconfig, CancellationToken abort) =>
        OpenAsync(new KubernetesWorldOptions { Connection = new ConnectionOptions { Kubeconfig = kubeconfig } }, TimeProvider.System, abort);

    /// <summary>Signs in to a cluster. Changes nothing there.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT50xx: the kubeconfig. CRT51xx: no answer. CRT52xx: the answer is no.</exception>
    public static async Task<KubernetesWorld> OpenAsync(KubernetesWorldOptions options, TimeProvider clock, CancellationToken abort) =>
        new(await KubernetesConnection.OpenAsync(options.Connection, clock, abort), options, clock);

    /// <inheritdoc/>
    public async Task<Topology> DiscoverAsync(CancellationToken abort)
    {
        if (_watched is null)
        {
            return await LookAsync(new ListedObjects(Connection.Client), abort);
        }

        // Many who ask at once share a look that began after they asked; else it must be young, and nothing changed since.
        var asked = _clock.GetTimestamp();
        await _looking.WaitAsync(abort);
        try
        {
            if (_last is not { } last || (last.At < asked && (last.Changes != _watched.Changes || _clock.GetElapsedTime(last.At) > LookAge)))
            {
                var (changes, at) = (_watched.Changes, _clock.GetTimestamp());
                _last = last = (await LookAsync(_watched, abort), changes, at);
            }

            return last.Topology;
        }
        finally
        {
            _looking.Release();
        }
    }

    public void Dispose()
    {
        _looking.Dispose();
        _catalogue.Dispose();
        Keeper.Dispose();
        foreach (var driver in World.Drivers.OfType<IDisposable>())
        {
            driver.Dispose();
        }

        Connection.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_watched is not null)
        {
            await _watched.DisposeAsync();
        }

        Dispose();
    }

    private async Task<Topology> LookAsync(IObjectSource objects, CancellationToken abort)
    {
        var topology = await new KubernetesDiscovery(Connection.Client, Connection.ServerVersion, Connection.IsLab, objects, _options.Prometheus)
            .DiscoverAsync(new DiscoveryOptions { Namespaces = _options.Namespaces, DefaultNamespace = Connection.Namespace }, abort);
        return _options.Stack is null ? topology : StackOverlay.Apply(topology, _options.Stack);
    }
}
