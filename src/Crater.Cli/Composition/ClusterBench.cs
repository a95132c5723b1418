using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Keeping;
using Crater.Lab;
using Crater.Measurements;

namespace Crater.Cli.Composition;

/// <summary>Which cluster is meant. What is null here comes from stack.yaml, if there is one, and then from the kubeconfig.</summary>
internal sealed record BenchOptions
{
    public StackFile? Stack { get; init; }

    public string? Kubeconfig { get; init; }

    public string? Context { get; init; }

    public string? Namespace { get; init; }

    public string? Prometheus { get; init; }
}

/// <summary>
/// What experiments run against, opened as the command line, stack.yaml and the kubeconfig say: a cluster, the hosts of stack.yaml, or both. Where stack.yaml names hosts and no
/// cluster, none is looked for unless the command line asks for one: a kubeconfig that lies around says nothing about hosts.
/// </summary>
internal sealed class ClusterBench : IDisposable
{
    /// <summary>A Prometheus server whose metrics guards and hypotheses may use.</summary>
    public static Option<string?> Prometheus { get; } = new("--prometheus") { Description = "Prometheus server to read metrics from (default: stack.yaml's)." };

    private readonly KubernetesWorld? _cluster;
    private readonly HostWorld? _hosts;

    private ClusterBench(KubernetesWorld? cluster, HostWorld? hosts, StackFile? stack, IReadOnlyList<IMetricSource> sources)
    {
        (_cluster, _hosts, Stack) = (cluster, hosts, stack);
        World = cluster is null ? hosts!.World with { Sources = [.. hosts.World.Sources, .. sources] }
            : hosts is null ? cluster.World
            : JoinedWorld.Of(cluster.World, hosts.World);
        World = World with { ForbiddenDrivers = stack?.Experiments.ForbiddenDrivers ?? [] };
    }

    /// <summary>Of the cluster; only where there is one.</summary>
    public KubernetesConnection Connection => _cluster!.Connection;

    public StackFile? Stack { get; }

    public IReadOnlyList<IDriver> Drivers => World.Drivers;

    /// <summary>The drivers that advice may count on: other engines are for whoever asks for them.</summary>
    public IReadOnlyList<string> OwnDrivers => [.. Drivers.Where(driver => !driver.IsOnRequest && !World.ForbiddenDrivers.Contains(driver.Name)).Select(driver => driver.Name)];

    /// <summary>Null where there is no cluster.</summary>
    public ApiStateKeeper? Keeper => _cluster?.Keeper;

    /// <summary>Null where there is no cluster.</summary>
    public AgentSweep? Agents => _cluster?.Agents;

    public string Name => World.Topology.Name;

    /// <summary>Says before a run begins when nobody else would restore what it changes in the cluster.</summary>
    /// <exception cref="CraterException">CRT8089: stack.yaml asks for somebody.</exception>
    public async Task LookForKeeperAsync(Runs.Plan plan, Output output, CancellationToken abort)
    {
        var changes = plan.Faults.SelectMany(fault => fault.Injections).Any(injection => injection.Driver is "kubernetes" or "litmus" or "chaos-mesh");
        if (_cluster is null || !changes || (await _cluster.Keepers.FindAsync(abort)).Count > 0)
        {
            return;
        }

        const string Nobody = "Nobody watches over the objects of this cluster: if this process died, what it changes would stay until the next craterctl comes by.";
        if (Stack is { Experiments.RequireKeeper: true })
        {
            throw new CraterException("CRT8089", $"{Nobody} stack.yaml forbids that (experiments.require_keeper). Start the operator, or take the key away.");
        }

        output.Problems([new Problem("", "CRT8088", Nobody) { IsWarning = true }]);
    }

    /// <summary>Everything that the control plane works through.</summary>
    public World World { get; }

    public static Task<ClusterBench> OpenAsync(ParseResult parsed, GlobalOptions globals, Surroundings surroundings, Output output, CancellationToken abort) =>
        OpenAsync(
            new BenchOptions
            {
                Stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory),
                Kubeconfig = parsed.GetValue(globals.Kubeconfig),
                Context = parsed.GetValue(globals.KubeContext),
                Namespace = parsed.GetValue(globals.Namespace),
                Prometheus = parsed.GetResult(Prometheus) is null ? null : parsed.GetValue(Prometheus),
            },
            surroundings, output, abort);

    public static async Task<ClusterBench> OpenAsync(BenchOptions options, Surroundings surroundings, Output output, CancellationToken abort)
    {
        var stack = options.Stack;
        foreach (var warning in stack?.Warnings ?? [])
        {
            output.Note($"warning {warning}");
        }

        var hosts = stack is { Hosts.Count: > 0 } ? new HostWorld(stack, surroundings.Clock) : null;
        try
        {
            var prometheus = PrometheusOf(options.Prometheus ?? stack?.PrometheusUrl);
            IReadOnlyList<IMetricSource> sources = prometheus is null ? [] : [new PrometheusSource(prometheus, new PrometheusExpressions())];
            var isAsked = options.Kubeconfig is not null || options.Context is not null || stack is null or { NamesCluster: true };
            var cluster = hosts is null || isAsked ? await OpenClusterAsync(options, prometheus, sources, surroundings, output, abort) : null;
            var bench = new ClusterBench(cluster, hosts, stack, sources);
            await bench.FinishOverdueAsync(output, abort);
            return bench;
        }
        catch
        {
            hosts?.Dispose();
            throw;
        }
    }

    public Task<Topology> DiscoverAsync(CancellationToken abort) => World.Topology.DiscoverAsync(abort);

    public void Dispose()
    {
        _cluster?.Dispose();
        _hosts?.Dispose();
    }

    private static async Task<KubernetesWorld> OpenClusterAsync(
        BenchOptions options, PrometheusServer? prometheus, IReadOnlyList<IMetricSource> sources, Surroundings surroundings, Output output, CancellationToken abort)
    {
        var stack = options.Stack;
        var kubeconfig = options.Kubeconfig ?? stack?.Kubeconfig ?? "";
        var cluster = await KubernetesWorld.OpenAsync(
            new KubernetesWorldOptions
            {
                Connection = new ConnectionOptions
                {
                    Kubeconfig = kubeconfig.Length > 0 ? surroundings.Path(kubeconfig) : "",
                    Context = options.Context ?? stack?.Context ?? "",
                    Namespace = options.Namespace ?? "",
                    Environment = name => surroundings.Environment.GetValueOrDefault(name),
                },
                Namespaces = options.Namespace is { } space ? [space] : stack?.Namespaces ?? [],
                Stack = stack is null ? null : stack with { TargetServices = [.. stack.TargetServices.Where(service => !HostWorld.IsOfHost(stack, service))] },
                Engines = EnginesOf(stack),
                Agents = AgentsOf(stack),
                MoreDrivers = connection => connection.IsLab ? [new LabDriver(connection.HttpClient)] : [],
                MoreSources = sources,
                Prometheus = prometheus,
            },
            surroundings.Clock, abort);
        var connection = cluster.Connection;
        foreach (var warning in connection.Warnings)
        {
            output.Note($"WARNING: {warning}");
        }

        output.Detail($"Cluster: context {connection.ContextName}, {connection.ServerVersion}{(connection.IsLab ? ", the lab" : "")}");
        return cluster;
    }

    private static AgentPodOptions AgentsOf(StackFile? stack)
    {
        var usual = new AgentPodOptions();
        return usual with
        {
            Image = stack?.AgentImage is { Length: > 0 } image ? image : usual.Image,
            Namespace = stack?.AgentNamespace is { Length: > 0 } space ? space : usual.Namespace,
            IsDaemonSet = stack is { AgentsAreDaemonSet: true },
        };
    }

    private static EngineOptions EnginesOf(StackFile? stack)
    {
        var usual = new EngineOptions();
        return usual with
        {
            Namespace = stack?.LitmusNamespace is { Length: > 0 } space ? space : usual.Namespace,
            ServiceAccount = stack?.LitmusAccount is { Length: > 0 } account ? account : usual.ServiceAccount,
        };
    }

    private static PrometheusServer? PrometheusOf(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return null;
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? new PrometheusServer(new HttpClient(), server)
            : throw new CraterException("CRT1209", $"'{address}' is not the address of a Prometheus server; write for example http://localhost:9090.");
    }

    // Whoever comes by finishes what a dead process began: changes of API objects whose deadline has passed.
    private async Task FinishOverdueAsync(Output output, CancellationToken abort)
    {
        if (Keeper is null)
        {
            return;     // what is left on hosts is taken off by their own craterd
        }

        try
        {
            foreach (var change in await Keeper.RecoverExpiredAsync(abort))
            {
                output.Note(change.Problem.Length == 0
                    ? $"{change.Fault} on {change.Target} was left behind by {change.Run} and is now restored."
                    : $"RESIDUE: {change.Fault} on {change.Target} was left behind by {change.Run} and could not be restored: {change.Problem}");
            }

            foreach (var why in Keeper.Unseen)
            {
                output.Note($"warning {why.Code}: whether something was left behind there could not be looked at: {why.Message}");
            }

            await Keeper.TidyAsync(abort);
            foreach (var swept in await Agents!.FinishAsync(abort))
            {
                output.Note(AgentText.Of(swept));
            }
        }
        catch (Kubernetes.Client.KubernetesException error)
        {
            output.Note($"warning {error.Code}: whether anything was left behind in the cluster could not be looked at: {error.Message}");
        }
    }
}
