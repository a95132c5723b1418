using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;

namespace Crater.Cli.Composition;

/// <summary>One cluster, opened as the command line, stack.yaml and the kubeconfig say, with everything that can look at it and act on it.</summary>
internal sealed class ClusterBench : IDisposable
{
    private static readonly string[] SystemSpaces = ["default"];

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
            ? [new KubernetesDriver(connection.Client, clock)]
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

    public static async Task<ClusterBench> OpenAsync(ParseResult parsed, GlobalOptions globals, Surroundings surroundings, Output output, CancellationToken abort)
    {
        var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
        var space = parsed.GetValue(globals.Namespace);
        foreach (var warning in stack?.Warnings ?? [])
        {
            output.Note($"warning {warning}");
        }

        var kubeconfig = parsed.GetValue(globals.Kubeconfig) ?? stack?.Kubeconfig ?? "";
        var options = new ConnectionOptions
        {
            Kubeconfig = kubeconfig.Length > 0 ? surroundings.Path(kubeconfig) : "",
            Context = parsed.GetValue(globals.KubeContext) ?? stack?.Context ?? "",
            Namespace = space ?? "",
            Environment = name => surroundings.Environment.GetValueOrDefault(name),
        };
        var connection = await KubernetesConnection.OpenAsync(options, surroundings.Clock, abort);
        foreach (var warning in connection.Warnings)
        {
            output.Note($"WARNING: {warning}");
        }

        output.Detail($"Cluster: context {connection.ContextName}, {connection.ServerVersion}{(connection.IsLab ? ", the lab" : "")}");
        var bench = new ClusterBench(connection, stack, space is not null ? [space] : stack?.Namespaces ?? [], surroundings.Clock);
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
