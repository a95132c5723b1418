using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>
/// One machine for a whole test class, as its class fixture: booting one costs more than most tests. Each test proves that it leaves the machine as it was after booting, which is what
/// the next one starts from; after a test that failed, or that left something, the next one gets a machine of its own. What craterd keeps is on the disk, so that it survives a reset.
/// </summary>
public abstract class SharedMachine : IAsyncDisposable
{
    private const string State = "/disk/state";

    /// <summary>Interfaces, disciplines, mounts, control groups with what they hand down, files, and programs that run; the kernel's own threads have no command line.</summary>
    private const string Look = $$"""
        set -- /proc/[0-9]*
        for one; do [ "$one" = "/proc/$$" ] || { tr '\0' ' ' <"$one/cmdline"; echo; } 2>/dev/null; done | grep . | sort
        ls /sys/class/net
        for link in /sys/class/net/*; do [ ! -x /usr/sbin/tc ] || /usr/sbin/tc qdisc show dev "${link##*/}"; done
        cat /proc/mounts
        find /sys/fs/cgroup -type d | sort
        cat /sys/fs/cgroup/cgroup.subtree_control
        find /disk /tmp /var /etc /run -type f | grep -v -e '^{{State}}' -e '^/run/line$' -e '^/run/out$' -e '^/run/error$' -e '^/run/number$' | sort
        """;

    private Machine? _machine;
    private string _clean = "";

    /// <summary>What the machine is made of. It has a disk.</summary>
    private protected abstract MachineSetup Setup { get; }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await EndAsync();
    }

    /// <summary>Runs a test on the machine, and fails when the machine is not as it was afterwards.</summary>
    internal async Task UseAsync(Func<Machine, Task> test)
    {
        var isClean = false;
        try
        {
            var machine = _machine ??= await BootAsync();
            await test(machine);
            await machine.DoAsync($"craterd residue && rm -rf {State}");

            // A guardian outlives its keeper by a moment.
            var found = "";
            var ended = await Wait.ComesTrueAsync(async () => (found = await machine.DoAsync(Look)) == _clean, Wait.Patience);
            Assert.True(ended, $"The machine was, after booting:\n{_clean}\nand is, after the test:\n{found}");
            isClean = true;
        }
        finally
        {
            if (!isClean)
            {
                await EndAsync();
            }
        }
    }

    private async Task<Machine> BootAsync()
    {
        var setup = Setup;
        var machine = await Machine.BootAsync(setup with { AtStart = $"export CRATERD_STATE={State}\n{setup.AtStart}" });
        _clean = await machine.DoAsync(Look);
        return machine;
    }

    private async Task EndAsync()
    {
        var machine = _machine;
        _machine = null;
        if (machine is not null)
        {
            await machine.DisposeAsync();
        }
    }
}
