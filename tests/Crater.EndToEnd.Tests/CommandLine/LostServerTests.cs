using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>The API server goes away in the middle of a run. Nothing hangs, and what is not known is never called clean.</summary>
public sealed class LostServerTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task A_server_that_comes_back_after_more_than_a_lease_finds_the_run_ended_and_clean()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("network-delay", "delay: 50ms", "2m"));
        await run.SaysAsync("in place:");
        SignalLab(Signals.Stop);
        try
        {
            await run.SaysAsync("recovering");      // a renewal got no answer, so nobody knows what the lab does
            await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        finally
        {
            SignalLab(Signals.Continue);
        }

        var answer = await run.EndAsync();
        Assert.True(answer.Code == 3, answer.ToString());
        Assert.Contains("was not renewed", answer.Out, StringComparison.Ordinal);
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task A_server_that_stays_away_leaves_residue_which_recover_proves_gone_later()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("network-delay", "delay: 50ms", "2m"));
        await run.SaysAsync("in place:");
        SignalLab(Signals.Stop);
        try
        {
            var answer = await run.EndAsync();
            Assert.True(answer.Code == 4, answer.ToString());
            Assert.Contains("RESIDUE", answer.Error, StringComparison.Ordinal);
            var status = await desk.RunAsync("status", "--json");
            Assert.Equal((4, "open"), (status.Code, (string?)status.Json["state"]));
        }
        finally
        {
            SignalLab(Signals.Continue);
        }

        var recover = await desk.RunAsync("recover", "--json");
        Assert.True(recover.Code == 0, recover.ToString());
        await lab.AsBeforeAsync();
        Assert.Equal("completed", (string?)(await desk.RunAsync("status", "--json")).Json["state"]);
    }

    private void SignalLab(int signal)
    {
        foreach (var pid in lab.Processes())
        {
            Assert.Equal(0, Native.Kill(pid, signal));
        }
    }
}

/// <summary>The API server dies in the middle of a run and does not come back.</summary>
public sealed class DeadServerTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task A_run_ends_with_residue_and_recover_says_that_there_is_no_cluster()
    {
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("network-delay", "delay: 50ms", "2m"));
        await run.SaysAsync("in place:");
        Assert.Equal(0, Native.Kill(lab.Processes()[^1], Signals.Kill));      // init of its PID namespace: nothing of it goes on

        var answer = await run.EndAsync();
        Assert.True(answer.Code == 4, answer.ToString());
        Assert.Contains("RESIDUE", answer.Error, StringComparison.Ordinal);
        var recover = await desk.RunAsync("recover", "--json");
        Assert.Equal((5, "CRT5101"), (recover.Code, recover.ErrorCode));
    }
}
