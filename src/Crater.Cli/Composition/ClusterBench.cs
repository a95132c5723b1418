using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Kubernetes.Measurements;
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

/// <summary>One cluster, opened as the command line, stack.yaml and the kubeconfig say, with everything that can look at it and act on it.</summary>
internal sealed class ClusterBench : ITopologySource, IDisposable
{
    private static readonly string[] SystemSpaces = ["default"];

    /// <summary>A Prometheus server whose metrics guards and hypotheses may use.</summary>
    public static Option<string?> Prometheus { get; } = new("--prometheus") { Description = "Prometheus server to read metrics from (default: stack.yaml's)." };

    private ClusterBench(KubernetesConnection connection, StackFile? stack, IReadOnlyList<string> spaces, TimeProvider clock)
    {
        Connection = connection;
        Stack = stack;
        Namespaces = spaces;
        IReadOnlyList<string> claimSpaces = [.. spaces, connection.Namespace, .. SystemSpaces];
        Targets = new KubernetesTargets(connection.Client, connection.Namespace);
        Claims = new KubernetesClaims(connection.Client, [.. claimSpaces.Distinct()]);
        Keeper = new ApiStateKeeper(connection.Client, [.. claimSpaces.Distinct()], clock);
        Drivers = connection.IsLab
            ? [new KubernetesDriver(connection.Client, clock), new LabDriver(connection.HttpClient)]
            : [new KubernetesDriver(connection.Client, clock)];
    }

    public KubernetesConnection Connection { get; }

    public StackFile? Stack { get; }

    /// <summary>What the user limited the view to; empty for everything.</summary>
    public IReadOnlyList<string> Namespaces { get; }

    public ITargets Targets { get; }

    public IClaims Claims { get; }

    public IReadOnlyList<IDriver> Drivers { get; }

    public ApiStateKeeper Keeper { get; }

    public string Name => Connection.ContextName;

    /// <summary>Everything of the cluster that the control plane works through.</summary>
    public World World => new(this, Targets, Claims, Drivers, Sources);

    /// <summary>Metrics of the cluster, and of Prometheus where one is named.</summary>
    public required IReadOnlyList<IMetricSource> Sources { get; init; }

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

        var kubeconfig = options.Kubeconfig ?? stack?.Kubeconfig ?? "";
        var connection = await KubernetesConnection.OpenAsync(
            new ConnectionOptions
            {
                Kubeconfig = kubeconfig.Length > 0 ? surroundings.Path(kubeconfig) : "",
                Context = options.Context ?? stack?.Context ?? "",
                Namespace = options.Namespace ?? "",
                Environment = name => surroundings.Environment.GetValueOrDefault(name),
            },
            surroundings.Clock, abort);
        foreach (var warning in connection.Warnings)
        {
            output.Note($"WARNING: {warning}");
        }

        output.Detail($"Cluster: context {connection.ContextName}, {connection.ServerVersion}{(connection.IsLab ? ", the lab" : "")}");
        var spaces = options.Namespace is { } space ? [space] : stack?.Namespaces ?? [];
        var bench = new ClusterBench(connection, stack, spaces, surroundings.Clock)
        {
            Sources = SourcesOf(connection, options.Prometheus ?? stack?.PrometheusUrl, surroundings.Clock),
        };
        await bench.FinishOverdueAsync(output, abort);
        return bench;
    }

    public async Task<Topology> DiscoverAsync(CancellationToken abort)
    {
        var topology = await new KubernetesDiscovery(Connection)
            .DiscoverAsync(new DiscoveryOptions { Namespaces = Namespaces, DefaultNamespace = Connection.Namespace }, abort);
        return Stack is null ? topology : StackOverlay.Apply(topology, Stack);
    }

    public void Dispose() => Connection.Dispose();

    private static IReadOnlyList<IMetricSource> SourcesOf(KubernetesConnection connection, string? prometheus, TimeProvider clock)
    {
        IReadOnlyList<IMetricSource> own = [new KubernetesMetricSource(connection.Client, clock), new PodMetricsSource(connection.Client, clock)];
        if (string.IsNullOrEmpty(prometheus))
        {
            return own;
        }

        return Uri.TryCreate(prometheus, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? [.. own, new PrometheusSource(new HttpClient(), server, new PrometheusExpressions())]
            : throw new CraterException("CRT1209", $"'{prometheus}' is not the address of a Prometheus server; write for example http://localhost:9090.");
    }

    // Whoever comes by finishes what a dead process began: changes of API objects whose deadline has passed.
    private async Task FinishOverdueAsync(Output output, CancellationToken abort)
    {
        try
        {
            foreach (var change in await Keeper.RecoverExpiredAsync(abort))
            {
                output.Note(change.Problem.Length == 0
                    ? $"{change.Fault} on {change.Target} was left behind by {change.Run} and is now restored."
                    : $"RESIDUE: {change.Fault} on {change.Target} was left behind by {change.Run} and could not be restored: {change.Problem}");
            }
        }
        catch (Kubernetes.Client.KubernetesException error)
        {
            output.Note($"warning {error.Code}: whether anything was left behind in the cluster could not be looked at: {error.Message}");
        }
    }
}
