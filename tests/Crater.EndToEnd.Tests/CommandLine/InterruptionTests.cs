using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>Whoever ends a run early, and however: it is inconclusive, and its target is as it was.</summary>
public sealed class InterruptionTests(CommandLab lab) : IClassFixture<CommandLab>
{
    private const string BankAsDeployment = "namespace: sock-shop, kind: deployment, name: bank";

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.HangUp)]
    public async Task A_signal_ends_the_run_and_everything_is_put_back(int signal)
    {
        using var run = await BrokenAsync(lab.NewDesk());
        run.Signal(signal);
        await InconclusiveAsync(run);
    }

    [Fact]
    public async Task A_second_ctrl_c_does_not_cut_recovery_short()
    {
        using var run = await BrokenAsync(lab.NewDesk());
        run.Signal(Signals.Interrupt);
        await run.SaysAsync("recovering");
        run.Signal(Signals.Interrupt);
        var answer = await InconclusiveAsync(run);
        Assert.Contains("recovery is never cut short", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_that_is_closed_under_the_live_view_leaves_nothing_behind()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script (util-linux) is missing");
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        var document = desk.Document("deployment-scale", "replicas: 1", "60s", BankAsDeployment);
        using var terminal = desk.Start(new Dictionary<string, string>(), ["/usr/bin/script", "-qec", $"{CraterProcess.Program} run {document}", "/dev/null"]);
        await Wait.UntilAsync(async () => await lab.ReplicasAsync() == 1, "the fault is in place", Wait.Patience);

        terminal.Signal(Signals.Kill);
        await Wait.UntilAsync(async () => (string?)(await desk.RunAsync("status", "--json")).Json["state"] == "completed", "the run ends by itself", Wait.Patience);
        await lab.AsBeforeAsync();
        Assert.Equal("inconclusive", (string?)(await desk.RunAsync("status", "--json")).Json["verdict"]);
    }

    [Fact]
    public async Task A_reader_that_leaves_does_not_hurt_the_run()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        var document = desk.Document("deployment-scale", "replicas: 1", "5s", BankAsDeployment);
        using var run = desk.Start(new Dictionary<string, string>(), ["/bin/sh", "-c", $"{{ {CraterProcess.Program} run {document} --monitor false; echo $? > code; }} | head -n 1"]);
        await run.EndAsync();
        Assert.Equal("0", (await File.ReadAllTextAsync(Path.Combine(desk.Folder, "code"), TestContext.Current.CancellationToken)).Trim());
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task Another_process_aborts_the_run_and_says_how_it_ended()
    {
        var desk = lab.NewDesk();
        using var run = await BrokenAsync(desk);
        var abort = await desk.RunAsync("abort", "latest", "--reason", "the test says so", "--json");
        Assert.Equal((0, true), (abort.Code, (bool)abort.Json["clean"]!));
        Assert.Contains("the test says so", (await InconclusiveAsync(run)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_reaches_no_cluster_can_end_the_run_of_a_process_that_does()
    {
        var desk = lab.NewDesk();
        using var run = await BrokenAsync(desk);
        var lost = new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(desk.Folder, "nowhere") };
        using var recover = desk.Start(lost, [CraterProcess.Program, "recover", "--json"]);
        var alive = await recover.EndAsync();
        Assert.Equal((3, "running"), (alive.Code, (string?)alive.Json["state"]));
        using var process = desk.Start(lost, [CraterProcess.Program, "abort", "--json"]);
        var abort = await process.EndAsync();
        Assert.True(abort.Code == 0 && (bool)abort.Json["clean"]!, abort.ToString());
        await InconclusiveAsync(run);

        using var late = desk.Start(lost, [CraterProcess.Program, "abort", "--json"]);
        Assert.Equal("CRT4008", (await late.EndAsync()).ErrorCode);
    }

    private async Task<CraterProcess> BrokenAsync(Desk desk)
    {
        await lab.ReadyAsync();
        var run = desk.Start("run", desk.Document("deployment-scale", "replicas: 1", "60s", BankAsDeployment));
        await run.SaysAsync("in place:");
        Assert.Equal(1, await lab.ReplicasAsync());
        return run;
    }

    private async Task<Answer> InconclusiveAsync(CraterProcess run)
    {
        var answer = await run.EndAsync();
        Assert.True(answer.Code == 3, answer.ToString());
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        await lab.AsBeforeAsync();
        return answer;
    }
}
