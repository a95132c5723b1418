using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>The chart but for the operator's pods, in whose place a test starts processes: definitions, namespace, and exactly the rights that an installation has.</summary>
internal static class InstalledChart
{
    private const string Robot = "system:serviceaccount:crater-system:crater-operator";

    /// <returns>A kubeconfig of the operator's service account.</returns>
    public static async Task<string> ApplyAsync(string folder, string kubeconfig, InstallOptions options)
    {
        var objects = new JsonArray([.. Chart.Objects(options).Where(one => one.Text("kind") != "Deployment").Select(one => (JsonNode)one.DeepClone())]);
        var file = Path.Combine(folder, "chart.json");
        await File.WriteAllTextAsync(file, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = objects }.ToJsonString(), TestContext.Current.CancellationToken);
        using var applied = CraterProcess.Start(folder, new Dictionary<string, string> { ["KUBECONFIG"] = kubeconfig, ["HOME"] = folder }, ["/usr/bin/env", "kubectl", "apply", "--server-side", "--filename", file]);
        var answer = await applied.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());

        var robot = Path.Combine(folder, "robot");
        var text = await File.ReadAllTextAsync(kubeconfig, TestContext.Current.CancellationToken);
        File.Copy(kubeconfig, robot, overwrite: true);      // and with it who may read it
        await File.WriteAllTextAsync(robot, text.Replace("    token: ", $"    as: {Robot}\n    token: ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        return robot;
    }
}

/// <summary>Operators as processes before one cluster, all of one name, so that the next takes over at once what a dead one left; each with a folder of its own, since that dies with its pod.</summary>
internal sealed class OperatorProcesses(string folder, string kubeconfig) : IDisposable
{
    private readonly List<CraterProcess> _started = [];

    public string Said => string.Join("\n---\n", _started.Select(one => one.Out));

    public CraterProcess Start()
    {
        var started = CraterProcess.Start(folder, new Dictionary<string, string> { ["HOME"] = folder },
        [
            Path.Combine(AppContext.BaseDirectory, "crater-server"), "operator", "--kubeconfig", kubeconfig, "--identity", "robot", "--listen", "127.0.0.1:0",
            "--folder", Path.Combine(folder, $"runs-{RandomNumberGenerator.GetHexString(8, lowercase: true)}"),
        ]);
        _started.Add(started);
        return started;
    }

    public void Dispose() => _started.ForEach(one => one.Dispose());
}
