using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes;
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

/// <summary>One cluster, opened as the command line, stack.yaml and the kubeconfig say, with everything that can look at it and act on it.</summary>
internal sealed class ClusterBench : IDisposable
{
    /// <summary>A Prometheus server whose metrics guards and hypotheses may use.</summary>
    public static Option<string?> Prometheus { get; } = new("--prometheus") { Description = "Prometheus server to read metrics from (default: stack.yaml's)." };

    private readonly KubernetesWorld _cluster;

    private ClusterBench(KubernetesWorld cluster, StackFile? stack) => (_cluster, Stack) = (cluster, stack);

    public KubernetesConnection Connection => _cluster.Connection;

    public StackFile? Stack { get; }

    public IReadOnlyList<IDriver> Drivers => World.Drivers;

    public ApiStateKeeper Keeper => _cluster.Keeper;

    public string Name => Connection.ContextName;

    /// <summary>Everything of the cluster that the control plane works through.</summary>
    public World World => _cluster.World;

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
                Stack = stack,
                MoreDrivers = connection => connection.IsLab ? [new LabDriver(connection.HttpClient)] : [],
                MoreSources = PrometheusOf(options.Prometheus ?? stack?.PrometheusUrl),
            },
            surroundings.Clock, abort);
        var connection = cluster.Connection;
        foreach (var warning in connection.Warnings)
        {
            output.Note($"WARNING: {warning}");
        }

        output.Detail($"Cluster: context {connection.ContextName}, {connection.ServerVersion}{(connection.IsLab ? ", the lab" : "")}");
        var bench = new ClusterBench(cluster, stack);
        await bench.FinishOverdueAsync(output, abort);
        return bench;
    }

    public Task<Topology> DiscoverAsync(CancellationToken abort) => _cluster.DiscoverAsync(abort);

    public void Dispose() => _cluster.Dispose();

    private static IReadOnlyList<IMetricSource> PrometheusOf(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return [];
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? [new PrometheusSource(new HttpClient(), server, new PrometheusExpressions())]
            : throw new CraterException("CRT1209", $"'{address}' is not the address of a Prometheus server; write for example http://localhost:9090.");
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
