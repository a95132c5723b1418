using Crater.Kubernetes;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Keeping;

namespace Crater.Cli.Composition;

/// <summary>
/// Keeps the changes of API objects inside the lab's own process: when the craterctl that made one dies, this restores it as soon as its deadline
/// has passed. On a production cluster the operator, or the next craterctl, does the same.
/// </summary>
internal static class LabKeeper
{
    public static async Task RunAsync(string kubeconfig, CancellationToken stop)
    {
        if (OperatingSystem.IsWindows())
        {
            return;     // the lab does not run there
        }

        var file = Path.Combine(Path.GetTempPath(), $"crater-keeper-{Environment.ProcessId}-{Path.GetRandomFileName()}");
        KubernetesConnection connection;
        try
        {
            await using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(kubeconfig), stop);
            }

            connection = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = file }, TimeProvider.System, stop);
        }
        finally
        {
            File.Delete(file);
        }

        using (connection)
        {
            using var agents = new PodAgentDriver(connection, new AgentPodOptions(), TimeProvider.System);
            var sweeping = agents.Sweep.RunAsync(swept => Console.WriteLine(AgentText.Of(swept)), stop);
            using var keeper = new ApiStateKeeper(connection.Client, [], TimeProvider.System);
            await keeper.RunAsync(
                $"lab on {Environment.MachineName}",
                change => Console.WriteLine(change.Problem.Length == 0
                    ? $"{change.Fault} on {change.Target} was left behind by {change.Run} and is now restored."
                    : $"RESIDUE: {change.Fault} on {change.Target}, left behind by {change.Run}: {change.Problem}"),
                stop);
            await sweeping;
        }
    }
}
