using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>craterctl is killed in the middle of a run. The lab recovers unaided; the next craterctl proves it and closes the run.</summary>
public sealed class DeathTests(CommandLab lab) : IClassFixture<CommandLab>
{
    /// <summary>A lease of 15 s, rounded up to the server's whole second; then what a busy machine may take on top.</summary>
    private static readonly TimeSpan Unaided = TimeSpan.FromSeconds(20) + TimeSpan.FromSeconds(5);

    /// <summary>What is promised for objects of the API, and what a busy machine may take on top.</summary>
    private static readonly TimeSpan ByTheKeeper = TimeSpan.FromSeconds(15) + TimeSpan.FromSeconds(5);

    private const string BankAsDeployment = "namespace: sock-shop, kind: deployment, name: bank";

    [Fact]
    public async Task The_lab_takes_a_network_fault_off_when_its_run_has_died()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await KillInTheMiddleAsync(desk, desk.Document("network-delay", "delay: 50ms", "2m"));
        Assert.Equal(1, await lab.HeldAsync());

        await Wait.UntilAsync(async () => await lab.HeldAsync() == 0, "the lab has taken the fault off", Unaided);
        await ClosedByRecoverAsync(desk);
    }

    [Fact]
    public async Task The_keeper_in_the_lab_restores_what_stands_in_the_api_when_its_runs_have_died()
    {
        await lab.ReadyAsync();
        var desks = Enumerable.Range(0, 3).Select(_ => lab.NewDesk()).ToList();
        var lost = lab.NewDesk();
        // Whoever plans last counts what the others hold already.
        Task KillBesideOthersAsync(Desk desk, string fault, string arguments, string target) =>
            KillInTheMiddleAsync(desk, desk.Document(fault, arguments, "2m", target, more: "blast-radius: {targets-max: 9}"));
        await Task.WhenAll(
            KillBesideOthersAsync(lost, "node-label", "add: lost=yes", "kind: node, name: node2"),
            KillBesideOthersAsync(desks[0], "deployment-scale", "replicas: 1", BankAsDeployment),
            KillBesideOthersAsync(desks[1], "node-cordon", "", "kind: node, name: node3"),
            KillBesideOthersAsync(desks[2], "pod-failure", "", "namespace: sock-shop, labels: \"app=redis\""));
        Directory.Delete(lost.Runs, recursive: true);
        Assert.Equal(4, await lab.MarksAsync());

        await Wait.UntilAsync(async () => await lab.MarksAsync() == 0, "the keeper has restored all four, also the one whose journal is lost", ByTheKeeper);
        Assert.DoesNotContain("lost", (await lab.GetAsync("/api/v1/nodes/node2"))["metadata"]!["labels"]!.ToJsonString(), StringComparison.Ordinal);
        await Wait.UntilAsync(async () => (await lab.ClaimsAsync()).Count == 0, "claims that ran out are deleted", Unaided);
        await lab.ReadyAsync();
        foreach (var desk in desks)
        {
            await ClosedByRecoverAsync(desk, others: true);
        }

        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task The_next_run_finishes_the_dead_one_first_and_need_not_wait_for_its_claim()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await KillInTheMiddleAsync(desk, desk.Document("deployment-scale", "replicas: 1", "2m", BankAsDeployment));
        var dead = desk.Run();

        var next = await desk.RunAsync("run", desk.Document("deployment-scale", "replicas: 1", "5s", BankAsDeployment), "--json");
        Assert.True(next.Code == 0, next.ToString());
        Assert.Equal("completed", (string?)(await desk.RunAsync("status", dead, "--json")).Json["state"]);
        await lab.AsBeforeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Under_the_name_chaos_the_next_run_finishes_the_dead_one_first_also_when_it_injects_nothing_itself(bool injects)
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await KillInTheMiddleAsync(desk, desk.Document("deployment-scale", "replicas: 1", "2m", BankAsDeployment));
        var dead = desk.Run();
        var next = injects
            ? desk.Document("deployment-scale", "replicas: 1", "2s", BankAsDeployment)
            : desk.Write("plain.yaml", "{title: t, description: d, method: [{type: action, name: a, provider: {type: process, path: \"true\"}}]}");

        using var run = desk.Start(new Dictionary<string, string> { ["CRATER_AS"] = "chaos" }, [CraterProcess.Program, "run", next]);
        var answer = await run.EndAsync();

        Assert.True(answer.Code == 0, answer.ToString());
        Assert.Contains($"{dead} was left open by a process that died; it is recovered and closed.", answer.Error, StringComparison.Ordinal);
        Assert.Equal("completed", (string?)(await desk.RunAsync("status", dead, "--json")).Json["state"]);
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task Abort_all_takes_off_what_any_machine_holds_and_the_run_that_held_it_ends()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("deployment-scale", "replicas: 1", "2m", BankAsDeployment));
        await run.SaysAsync("in place:");
        var seen = await lab.NewDesk().RunAsync("status", "--all", "--json");
        Assert.Equal("deployment-scale", (string?)Assert.Single(seen.Json["held"]!.AsArray())!["fault"]);
        var elsewhere = await lab.NewDesk().RunAsync("abort", "--all", "--json");
        Assert.True(elsewhere.Code == 0, elsewhere.ToString());
        Assert.Equal("deployment/sock-shop/bank", (string?)Assert.Single(elsewhere.Json["held"]!.AsArray())!["target"]);
        await run.EndAsync();
        await lab.ReadyAsync();
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task Recover_takes_a_fault_off_at_once_and_does_not_wait_for_its_lease()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await KillInTheMiddleAsync(desk, desk.Document("network-delay", "delay: 50ms", "2m"));
        await ClosedByRecoverAsync(desk);
    }

    private static async Task KillInTheMiddleAsync(Desk desk, string document)
    {
        using var run = desk.Start("run", document);
        await run.SaysAsync("in place:");
        run.Signal(Signals.Kill);
        await run.EndAsync();
    }

    private async Task ClosedByRecoverAsync(Desk desk, bool others = false)
    {
        var status = (await desk.RunAsync("status", "--json")).Json;
        Assert.Equal(("open", 1), ((string?)status["state"], status["outstanding"]!.AsArray().Count));

        var recover = await desk.RunAsync("recover", desk.Run(), "--json");
        Assert.True(recover.Code == 0, recover.ToString());
        Assert.Equal((true, "inconclusive"), ((bool)recover.Json["clean"]!, (string?)recover.Json["verdict"]));
        Assert.Contains(desk.Events(desk.Run()), line => line.Contains("\"injection-recovered\"", StringComparison.Ordinal) && line.Contains("\"absent\"", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("completed", (string?)(await desk.RunAsync("status", "--json")).Json["state"]);
        if (!others)
        {
            await lab.AsBeforeAsync();
        }

        var report = await desk.RunAsync("report", "--json");
        Assert.Equal((0, true), (report.Code, File.Exists((string)report.Json["copy"]!)));
        Assert.Equal(0, (await desk.RunAsync("recover", "--all", "--json")).Code);
    }
}
