using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Drivers;
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

    /// <summary>What people know beyond what can be discovered; null for nothing.</summary>
    public StackFile? Stack { get; init; }

    /// <summary>How faults are handed to other engines.</summary>
    public EngineOptions Engines { get; init; } = new();

    /// <summary>Drivers beside <c>kubernetes</c> and those of other engines. Default: none.</summary>
    public Func<KubernetesConnection, IEnumerable<IDriver>> MoreDrivers { get; init; } = _ => [];

    /// <summary>Metrics beside those of the cluster and its pods. Default: none.</summary>
    public IReadOnlyList<IMetricSource> MoreSources { get; init; } = [];
}

/// <summary>One cluster, with everything that can look at it and act on it: what a <see cref="ControlPlane"/> works on.</summary>
public sealed class KubernetesWorld : ITopologySource, IDisposable
{
    private static readonly string[] SystemSpaces = ["default"];

    private readonly KubernetesWorldOptions _options;

    private KubernetesWorld(KubernetesConnection connection, KubernetesWorldOptions options, TimeProvider clock)
    {
        _options = options;
        Connection = connection;
        IReadOnlyList<string> claimSpaces = [.. options.Namespaces.Append(connection.Namespace).Concat(SystemSpaces).Distinct()];
        Keeper = new ApiStateKeeper(connection.Client, claimSpaces, clock);
        Keepers = new KeeperPresence(connection.Client, claimSpaces);
        World = new World(
            this,
            new KubernetesTargets(connection.Client, connection.Namespace),
            new KubernetesClaims(connection.Client, claimSpaces),
            [new KubernetesDriver(connection.Client, clock), new LitmusDriver(connection.Client, options.Engines, clock), .. options.MoreDrivers(connection)],
            [new KubernetesMetricSource(connection.Client, clock), new PodMetricsSource(connection.Client, clock), .. options.MoreSources]);
    }

    public KubernetesConnection Connection { get; }

    /// <inheritdoc/>
    public string Name => Connection.ContextName;

    public World World { get; }

    /// <summary>Restores what dead processes left behind on objects of the cluster.</summary>
    public ApiStateKeeper Keeper { get; }

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
        var topology = await new KubernetesDiscovery(Connection)
            .DiscoverAsync(new DiscoveryOptions { Namespaces = _options.Namespaces, DefaultNamespace = Connection.Namespace }, abort);
        return _options.Stack is null ? topology : StackOverlay.Apply(topology, _options.Stack);
    }

    public void Dispose()
    {
        Keeper.Dispose();
        foreach (var driver in World.Drivers.OfType<IDisposable>())
        {
            driver.Dispose();
        }

        Connection.Dispose();
    }
}
