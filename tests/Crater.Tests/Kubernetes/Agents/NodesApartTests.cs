using Crater.Drivers;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Agents;

/// <summary>Nodes do not wait for each other.</summary>
public sealed class NodesApartTests
{
    [Fact]
    public async Task An_agent_that_does_not_start_keeps_no_other_node_waiting()
    {
        await using var bench = await AgentBench.StartAsync();
        await bench.NodeAsync("node2", isReady: true);
        bench.Starts = pod => pod.Text("spec", "nodeName") != "node2";
        using var driver = bench.Driver(patience: TimeSpan.FromMinutes(2));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(LabApi.Stop);
        var stuck = AgentBench.Injection("chaos-0000aaaa", node: "node2");
        var waiting = driver.BeginAsync(stuck.Run, [stuck], over.Token);
        while (!bench.Left().Any(name => name.StartsWith("pods/", StringComparison.Ordinal)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, LabApi.Stop);
        }

        await AgentBench.BeginAsync(driver, AgentBench.Injection("chaos-0000bbbb")).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, LabApi.Stop);

        Assert.False(waiting.IsCompleted);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
