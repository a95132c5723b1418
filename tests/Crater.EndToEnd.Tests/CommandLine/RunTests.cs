using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>Runs from the command line to the report, on a real lab.</summary>
public sealed class RunTests(CommandLab lab) : IClassFixture<CommandLab>
{
    private const string BankAsDeployment = "namespace: sock-shop, kind: deployment, name: bank";

    [Fact]
    public async Task A_pod_kill_that_nobody_notices_is_upheld_and_the_bank_has_its_desks_again()
    {
        await lab.ReadyAsync();
        var before = await lab.BankPodsAsync();
        var desk = lab.NewDesk();
        await ProvenAsync(desk, await desk.RunAsync("run", desk.Document("pod-kill", "grace-period: 0s", "5s"), "--json"), code: 0, "upheld");
        Assert.Single(before.Except(await lab.BankPodsAsync()));
    }

    [Fact]
    public async Task A_network_delay_beyond_what_a_customer_waits_is_refuted()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        var document = desk.Document("network-delay", "delay: 4s", "8s", "namespace: sock-shop, labels: \"app=bank\", count: 2",
            $"type: http, url: \"{lab.BankUrl}/ready\", timeout: 2", "200", "blast-radius: {targets-max: 2}");
        await ProvenAsync(desk, await desk.RunAsync("run", document, "--json"), code: 2, "refuted");
    }

    [Fact]
    public async Task A_scaled_deployment_gets_its_replicas_back()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await ProvenAsync(desk, await desk.RunAsync("run", desk.Document("deployment-scale", "replicas: 1", "5s", BankAsDeployment), "--json"), code: 0, "upheld");
    }

    [Fact]
    public async Task A_cordoned_node_takes_pods_again()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await ProvenAsync(desk, await desk.RunAsync("run", desk.Document("node-cordon", "", "5s", "kind: node, name: node2"), "--json"), code: 0, "upheld");
    }

    [Fact]
    public async Task A_second_run_on_the_same_target_is_refused_and_names_the_first()
    {
        await lab.ReadyAsync();
        var (first, second) = (lab.NewDesk(), lab.NewDesk());
        using var running = first.Start("run", first.Document("deployment-scale", "replicas: 1", "60s", BankAsDeployment));
        await running.SaysAsync("in place:");

        var refused = await second.RunAsync("run", second.Document("deployment-scale", "replicas: 1", "5s", BankAsDeployment), "--json");
        Assert.Equal((1, "CRT3012"), (refused.Code, refused.ErrorCode));
        Assert.Contains(first.Run(), refused.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(second.Runs));

        running.Signal(Signals.Interrupt);
        Assert.Equal(3, (await running.EndAsync()).Code);
        await lab.AsBeforeAsync();
    }

    /// <summary>The exit code, the certificate, the report and the target are what the documents promise.</summary>
    private async Task ProvenAsync(Desk desk, Answer answer, int code, string verdict)
    {
        Assert.True(answer.Code == code, answer.ToString());
        Assert.Equal((verdict, true), ((string?)answer.Json["verdict"], (bool)answer.Json["clean"]!));
        Assert.Empty(answer.Json["residue"]!.AsArray());
        await lab.AsBeforeAsync();

        var run = desk.Run();
        Assert.Equal(run, (string?)answer.Json["run"]);
        var events = desk.Events(run).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.All(events.Where(entry => (string?)entry["type"] == "injection-recovered"), entry => Assert.Equal("absent", ((string?)entry["certificate"]!["presence"])?.ToLowerInvariant()));
        Assert.Contains(events, entry => (string?)entry["type"] == "injection-recovered");
        Assert.DoesNotContain(events, entry => (string?)entry["type"] == "run-interrupted");
        var closed = events[^1];
        Assert.Equal("run-closed", (string?)closed["type"]);
        Assert.NotNull(closed["files"]!["journal.json"]);
        Assert.Contains(run, await File.ReadAllTextAsync((string)answer.Json["report"]!, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(desk.Runs, run, "report.html")));
    }
}
