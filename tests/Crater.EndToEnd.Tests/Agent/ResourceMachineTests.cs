using System.Globalization;
using Crater.EndToEnd.Tests.Machines;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The faults that need control groups, with those of version 2, which only another kernel has in full.</summary>
[Collection(LongestFirst.Machines)]
public sealed class ResourceMachineTests(ResourceMachineTests.Groups groups) : IClassFixture<ResourceMachineTests.Groups>
{
    private const string Reader = """
        dd if=/dev/zero of=/disk/file bs=1M count=4 2>/dev/null; sync
        mkdir /sys/fs/cgroup/app
        (while :; do echo 3 >/proc/sys/vm/drop_caches; dd if=/disk/file of=/dev/null bs=64k 2>/dev/null; echo >>/run/rounds; done) &
        echo $! >/run/victim
        cat /run/victim >/sys/fs/cgroup/app/cgroup.procs
        """;

    [Fact]
    public Task Slow_and_hanging_disks_hit_who_was_named_and_leave_the_control_groups_as_they_were() => groups.UseAsync(async machine =>
    {
        await machine.DoAsync(Reader);
        Assert.Equal("", await machine.DoAsync("cat /sys/fs/cgroup/cgroup.subtree_control"));

        var said = await machine.DoAsync("craterd inject disk-hang --pid $(cat /run/victim) --device /disk -t 100s --creator test --uid hang-2");
        Assert.Contains("io.max (cgroup version 2)", said, StringComparison.Ordinal);
        Assert.Contains("/crater-hang-2", await machine.DoAsync("cat /proc/$(cat /run/victim)/cgroup"), StringComparison.Ordinal);
        await machine.DoAsync("sleep 2");
        Assert.Equal(0, await RoundsAsync(machine, seconds: 3));
        Assert.Contains("hang-2: clean", await machine.DoAsync("craterd recover hang-2"), StringComparison.Ordinal);
        Assert.True(await RoundsAsync(machine, seconds: 3) > 0);

        await machine.DoAsync("craterd inject disk-throttle --pid $(cat /run/victim) --device /dev/vda --read-bytes 2MiB -t 100s --creator test --uid slow-2; sleep 3");
        Assert.InRange(await RoundsAsync(machine, seconds: 8), 2, 6);
        await machine.DoAsync("craterd recover slow-2");

        Assert.Equal("0::/app", await machine.DoAsync("cat /proc/$(cat /run/victim)/cgroup"));
        Assert.Equal("", await machine.DoAsync("cat /sys/fs/cgroup/cgroup.subtree_control; ls -d /sys/fs/cgroup/crater-* 2>/dev/null; true"));
        await machine.DoAsync("""
            kill $(cat /run/victim)
            while grep -q . /sys/fs/cgroup/app/cgroup.procs; do sleep 0.1; done
            rmdir /sys/fs/cgroup/app
            rm /disk/file /run/victim /run/rounds
            """);
    });

    [Fact]
    public Task Limits_on_processes_and_memory_hit_who_was_named() => groups.UseAsync(async machine =>
    {
        await machine.DoAsync("""
            echo +memory >/sys/fs/cgroup/cgroup.subtree_control
            mkdir /sys/fs/cgroup/box; echo 100M >/sys/fs/cgroup/box/memory.max
            for one in victim neighbour; do sleep 1000 & echo $! >/run/$one; cat /run/$one >/sys/fs/cgroup/box/cgroup.procs; done
            """);

        await machine.DoAsync("craterd inject nproc-exhaust --pid $(cat /run/victim) -t 100s --creator test --uid few-2");
        Assert.Equal("0", await machine.DoAsync("cat /sys/fs/cgroup/crater-few-2*/pids.max"));
        Assert.Contains("few-2: clean", await machine.DoAsync("craterd recover few-2"), StringComparison.Ordinal);
        Assert.Equal("memory", await machine.DoAsync("cat /sys/fs/cgroup/cgroup.subtree_control"));

        await machine.DoAsync("craterd inject memory-oom --pid $(cat /run/victim) -t 100s --creator test --uid oom-2");
        Assert.Equal("gone", await machine.DoAsync("grep -q '^State:.[RSD]' /proc/$(cat /run/victim)/status 2>/dev/null || echo gone"));
        Assert.Equal(await machine.DoAsync("cat /run/neighbour"), await machine.DoAsync("cat /sys/fs/cgroup/box/cgroup.procs"));
        Assert.Contains("oom-2: clean", await machine.DoAsync("craterd recover oom-2"), StringComparison.Ordinal);
        await machine.DoAsync("""
            kill $(cat /run/neighbour)
            while grep -q . /sys/fs/cgroup/box/cgroup.procs; do sleep 0.1; done
            rmdir /sys/fs/cgroup/box; rm /run/victim /run/neighbour
            echo -memory >/sys/fs/cgroup/cgroup.subtree_control
            """);
    });

    private static async Task<int> RoundsAsync(Machine machine, int seconds) => int.Parse(
        await machine.DoAsync($"a=$(wc -l </run/rounds); sleep {seconds}; echo $(($(wc -l </run/rounds) - a))"), CultureInfo.InvariantCulture);

    /// <summary>A machine whose control groups are of version 2, with a disk to read from.</summary>
    public sealed class Groups : SharedMachine
    {
        private protected override MachineSetup Setup => new() { DiskMiB = 32 };
    }
}
