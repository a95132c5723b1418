using Xunit;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>The virtual machine that other tests break.</summary>
public sealed class MachineTests
{
    [Fact]
    public async Task A_machine_runs_what_it_is_told_and_forgets_all_but_its_disk_when_the_power_goes()
    {
        await using var machine = await Machine.BootAsync(new MachineSetup { Programs = ["/usr/sbin/tc"], Modules = ["sch_netem"], DiskMiB = 16 });
        var answer = await machine.RunAsync("echo said; echo complained >&2; exit 3");
        Assert.Equal((3, "said\n", "complained\n"), (answer.Code, answer.Out, answer.Error));
        await machine.DoAsync("/usr/sbin/tc qdisc add dev lo root netem delay 100ms; echo kept >/disk/file; echo lost >/run/file; sync");
        Assert.Contains("netem", await machine.DoAsync("/usr/sbin/tc qdisc show dev lo"), StringComparison.Ordinal);
        Assert.Contains("cpu-burn", await machine.DoAsync("craterd catalog"), StringComparison.Ordinal);

        await machine.ResetAsync();
        Assert.Equal("kept", await machine.DoAsync("cat /disk/file; [ ! -e /run/file ]"));
        Assert.DoesNotContain("netem", await machine.DoAsync("/usr/sbin/tc qdisc show dev lo"), StringComparison.Ordinal);
    }
}
