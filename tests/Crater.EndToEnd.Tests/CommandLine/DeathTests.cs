using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>craterctl is killed in the middle of a run. The lab recovers unaided; the next craterctl proves it and closes the run.</summary>
public sealed class DeathTests(CommandLab lab) : IClassFixture<CommandLab>
{
    /// <summary>A lease of 15 s, rounded up to the server's whole second, and the keeper's sweep every 2 s; then what a busy machine may take on top.</summary>
    private static readonly TimeSpan Unaided = TimeSpan.FromSeconds(20) + TimeSpan.FromSeconds(5);

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
    public async Task The_keeper_in_the_lab_restores_a_deployment_when_its_run_has_died()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await KillInTheMiddleAsync(desk, desk.Document("deployment-scale", "replicas: 1", "2m", "namespace: sock-shop, kind: deployment, name: bank"));
        Assert.Equal(1, await lab.ReplicasAsync());

        await Wait.UntilAsync(async () => await lab.ReplicasAsync() == 2, "the keeper has restored the replicas", Unaided);
        await lab.ReadyAsync();
        await ClosedByRecoverAsync(desk);
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

    private async Task ClosedByRecoverAsync(Desk desk)
    {
        var status = (await desk.RunAsync("status", "--json")).Json;
        Assert.Equal(("open", 1), ((string?)status["state"], status["outstanding"]!.AsArray().Count));

        var recover = await desk.RunAsync("recover", desk.Run(), "--json");
        Assert.True(recover.Code == 0, recover.ToString());
        Assert.Equal((true, "inconclusive"), ((bool)recover.Json["clean"]!, (string?)recover.Json["verdict"]));
        Assert.Contains(desk.Events(desk.Run()), line => line.Contains("\"injection-recovered\"", StringComparison.Ordinal) && line.Contains("\"absent\"", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("completed", (string?)(await desk.RunAsync("status", "--json")).Json["state"]);
        await lab.AsBeforeAsync();

        var report = await desk.RunAsync("report", "--json");
        Assert.Equal((0, true), (report.Code, File.Exists((string)report.Json["copy"]!)));
        Assert.Equal(0, (await desk.RunAsync("recover", "--all", "--json")).Code);
    }
}
