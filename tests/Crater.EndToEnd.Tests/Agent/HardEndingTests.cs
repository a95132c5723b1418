using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What happens around a fault while it is in place, for every fault: the disk of the state fills up, and what was hit goes away.</summary>
public sealed class HardEndingTests : IDisposable
{
    private const string Uid = "hard-end";

    private readonly Playground _playground = new();

    public static TheoryData<string> Faults => KillMatrixTests.Faults;

    public void Dispose() => _playground.Dispose();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_state_disk_that_fills_up_meanwhile_keeps_no_fault_in_place(string fault)
    {
        var (arguments, look) = await FaultCase.Of(fault).Arrange(_playground);
        var before = look();
        using var inject = _playground.StartOnSmallDisk(isFull: false, "", ["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);
        var answer = await inject.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        var keeper = Assert.Single(_playground.OwnCraterds(), process => ProcessStat.CommandLine(process.Pid).Contains("/craterd keep ", StringComparison.Ordinal));
        Playground.Fill($"/proc/{keeper.Pid}/root{_playground.StateFolder}/fill");

        keeper.Signal(Signals.Terminate);

        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "keeper and guardian have ended");
        Assert.Equal(before, look());
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_target_that_is_gone_leaves_nothing_to_recover(string fault)
    {
        var (arguments, _) = await FaultCase.Of(fault).Arrange(_playground);
        var answer = await _playground.RunAsync(["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);
        Assert.True(answer.Code == 0, answer.ToString());
        await _playground.EndVictimsAsync();

        var recovered = await _playground.RunAsync("recover", Uid);

        Assert.True(recovered.Code == 0, recovered.ToString());
        Assert.Empty(_playground.State.Claims.Holders());
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "keeper and guardian have ended");
    }
}
