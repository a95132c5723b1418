using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>Chaos Toolkit's files for Kubernetes as they are written for its own engine, run under its name, without Python's package.</summary>
public sealed class ToolkitOnLabTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task Pods_are_terminated_and_the_deployment_is_scaled_and_scaled_back_by_its_rollback()
    {
        await lab.ReadyAsync();
        var before = await lab.BankPodsAsync();
        var desk = lab.NewDesk();
        desk.Write("bank.json", """
            {
              "version": "1.0.0", "title": "The bank loses a pod", "description": "And then a replica.", "tags": ["kubernetes"],
              "steady-state-hypothesis": {"title": "The bank is there", "probes": [
                {"type": "probe", "name": "deployment-is-healthy", "tolerance": true,
                 "provider": {"type": "python", "module": "chaosk8s.deployment.probes", "func": "deployment_fully_available", "arguments": {"name": "bank", "ns": "sock-shop", "timeout": 30}}},
                {"type": "probe", "name": "pods-run", "tolerance": true,
                 "provider": {"type": "python", "module": "chaosk8s.pod.probes", "func": "count_min_pods", "arguments": {"label_selector": "app=bank", "min_count": 2, "ns": "sock-shop"}}}]},
              "method": [
                {"type": "action", "name": "terminate", "provider": {"type": "python", "module": "chaosk8s.pod.actions", "func": "terminate_pods",
                  "arguments": {"label_selector": "app=bank", "name_pattern": "bank-.*", "rand": true, "ns": "sock-shop", "grace_period": 0}}},
                {"type": "action", "name": "scale", "provider": {"type": "python", "module": "chaosk8s.deployment.actions", "func": "scale_deployment", "arguments": {"name": "bank", "replicas": 3, "ns": "sock-shop"}}},
                {"type": "probe", "name": "grown", "provider": {"type": "python", "module": "chaosk8s.deployment.probes", "func": "deployment_fully_available", "arguments": {"name": "bank", "ns": "sock-shop", "timeout": 30}}}
              ],
              "rollbacks": [
                {"type": "action", "name": "back", "provider": {"type": "python", "module": "chaosk8s.deployment.actions", "func": "scale_deployment", "arguments": {"name": "bank", "replicas": 2, "ns": "sock-shop"}}}]
            }
            """);

        var journal = await ChaosAsync(desk, "bank.json");

        Assert.Equal(("completed", false), ((string?)journal["status"], (bool)journal["deviated"]!));
        Assert.StartsWith("bank-", (string?)Assert.Single(journal["run"]![0]!["output"]!.AsArray()), StringComparison.Ordinal);
        await lab.ReadyAsync();
        Assert.NotEqual(before, await lab.BankPodsAsync());
    }

    [Fact]
    public async Task A_node_is_drained_and_uncordoned_by_its_rollback()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        desk.Write("drain.yaml", """
            title: The bank survives the loss of a node
            description: As before maintenance.
            method:
            - type: action
              name: drain
              provider: {type: python, module: chaosk8s.node.actions, func: drain_nodes, arguments: {name: node1, delete_pods_with_local_storage: true, timeout: 60}}
            - type: probe
              name: conditions
              provider: {type: python, module: chaosk8s.node.probes, func: all_nodes_must_be_ready_to_schedule}
            rollbacks:
            - type: action
              name: uncordon
              provider: {type: python, module: chaosk8s.node.actions, func: uncordon_node, arguments: {name: node1}}
            """);

        var journal = await ChaosAsync(desk, "drain.yaml");

        Assert.Equal(["node1"], journal["run"]![0]!["output"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(["node1"], journal["rollbacks"]![0]!["output"]!.AsArray().Select(name => (string?)name));
        await lab.ReadyAsync();
        await lab.AsBeforeAsync();
    }

    private static async Task<JsonNode> ChaosAsync(Desk desk, string document)
    {
        using var run = desk.Start(new Dictionary<string, string> { ["CRATER_AS"] = "chaos" }, [CraterProcess.Program, "run", document]);
        var answer = await run.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        return JsonNode.Parse(File.ReadAllText(Path.Combine(desk.Folder, "journal.json")))!;
    }
}
