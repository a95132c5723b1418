using Crater.Agent.Faults;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Machines;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// What happens to a whole machine: the power goes while faults are in place, somebody sets its clock, its kernel lacks what a fault needs. In a virtual machine, whose state folder lies on a
/// disk that a reset leaves as it is.
/// </summary>
[Collection(LongestFirst.Machines)]
public sealed class RebootTests(RebootTests.Host host) : IClassFixture<RebootTests.Host>
{
    private const string Field = """
        for file in /disk/field/*; do [ ! -e "$file" ] || echo "$file $(stat -c '%i %a %u %s' "$file") $(md5sum <"$file")"; done
        find /disk/field | sort; ls -A /disk/other
        """;

    /// <summary>
    /// One line each: a fault, what starts its victim and says its number, and the options. Every fault of files and disks, whose work a reboot leaves as it is, and of each other way to hold a fault one:
    /// the keeper's own, a signal, a limit, a control group, rules and a queue of packets, rules and an intermediate device.
    /// </summary>
    private static readonly (string Fault, string Victim, string Options)[] Injections =
    [
        ("file-create", "", "--path /disk/field/created --content new"),
        ("file-append", "", "--path /disk/field/append --content more --count 3"),
        ("file-modify", "", "--path /disk/field/modify --content another"),
        ("file-delete", "", "--path /disk/field/delete"),
        ("file-move", "", "--src /disk/field/move --dst /disk/field/moved"),
        ("file-chmod", "", "--path /disk/field/chmod --permission 000"),
        ("disk-fill", "", "--bytes 4MiB --dir /disk/other"),
        ("cpu-burn", "", "--percent 1 --count 1"),
        ("process-stop", Sleeper, "--pid $victim"),
        ("fd-exhaust", Sleeper, "--pid $victim"),
        ("disk-throttle", "group=slow; " + Grouped, "--pid $victim --device /disk --write-io 100"),
        ("network-loss", Network, "--pid $victim --percent 100"),
        ("network-delay", Network, "--pid $victim --latency 100ms"),
        ("dns-fail", Network, "--pid $victim"),
    ];

    private const string Sleeper = "sleep 1000 & victim=$!";
    private const string Grouped = "sleep 1000 & victim=$!; mkdir -p /sys/fs/cgroup/$group/in; echo $victim >/sys/fs/cgroup/$group/in/cgroup.procs";
    private const string Network = "unshare -n sh -c 'ip link set lo up; exec sleep 1000' & victim=$!; while [ \"$(cat /proc/$victim/comm)\" != sleep ]; do usleep 20000; done";

    [Fact]
    public async Task After_a_reset_only_what_outlives_it_is_undone_and_everything_is_as_it_was()
    {
        var machine = await host.GetAsync();
        await machine.DoAsync("mkdir -p /disk/field /disk/other; for name in append modify delete move chmod; do echo \"content of $name\" >/disk/field/$name; done; sync");
        var before = await machine.DoAsync(Field);
        var number = 0;
        foreach (var (fault, victim, options) in Injections)
        {
            // In an emulated machine on a busy one a guardian may come too late, which is refused (3) and tried again.
            await machine.DoAsync($"""
                {victim}
                for try in 1 2 3 4 5; do
                  {Host.Craterd} inject {fault} {options} --uid boot-{number++:00}-$try -t 20h --creator reboot && exit 0
                  code=$?
                  [ $code = 3 ] || exit $code
                done
                exit 3
                """);
        }

        Assert.NotEqual(before, await machine.DoAsync(Field));
        var stopped = await machine.DoAsync("for file in /proc/[0-9]*; do grep -q '^State:.T' $file/status 2>/dev/null && echo ${file#/proc/}; done; true");

        await machine.ResetAsync();
        Assert.NotEqual(before, await machine.DoAsync(Field));
        // Somebody else has the number of the process that was stopped, and stopped it.
        await machine.DoAsync($"while [ \"$victim\" != {stopped} ]; do echo $(({stopped} - 1)) >/proc/sys/kernel/ns_last_pid; sleep 1000 & victim=$!; [ $victim = {stopped} ] || kill $victim; done; kill -STOP {stopped}");
        var recovered = await machine.DoAsync($"{Host.Craterd} recover --all");

        Assert.Equal(before, await machine.DoAsync(Field));
        var lines = recovered.Split('\n');
        Assert.Equal(Injections.Length, lines.Length);
        Assert.All(lines, line => Assert.Contains(": clean (", line, StringComparison.Ordinal));
        Assert.Equal("T", await machine.DoAsync($"awk '/^State/ {{print $2}}' /proc/{stopped}/status"));
        Assert.Contains("Nothing is in place.", await machine.DoAsync($"{Host.Craterd} recover --all"), StringComparison.Ordinal);
        Assert.Equal("", await machine.DoAsync("ls -A /disk/state/claims /disk/state/quarantine | grep -v :; true"));
        Assert.Equal("0", await machine.DoAsync($"{Host.Craterd} residue >/run/residue; echo $?"));
    }

    [Fact]
    public async Task A_clock_that_is_set_on_by_a_day_ends_no_fault_early()
    {
        var machine = await host.GetAsync();
        await machine.DoAsync($"{Sleeper}; echo $victim >/run/victim; {Host.Craterd} inject process-stop --pid $victim -t 1h --lease 1h --uid clock-on --creator clock");

        await machine.DoAsync("date -s @$(($(date +%s) + 86400)) >/dev/null; sleep 5");

        Assert.Equal("T", await machine.DoAsync("awk '/^State/ {print $2}' /proc/$(cat /run/victim)/status"));
        Assert.Contains("clock-on: clean", await machine.DoAsync($"{Host.Craterd} recover clock-on"), StringComparison.Ordinal);
        await machine.DoAsync("kill $(cat /run/victim)");
    }

    [Theory]
    [InlineData("-t 10s", "its time was up")]
    [InlineData("-t 20h --lease 10s", "its lease was not renewed")]
    public async Task A_clock_that_is_set_back_by_a_day_ends_no_fault_late(string term, string why)
    {
        var machine = await host.GetAsync();
        var uid = term.Contains("lease", StringComparison.Ordinal) ? "clock-back-lease" : "clock-back";
        await machine.DoAsync($"{Sleeper}; echo $victim >/run/victim; {Host.Craterd} inject process-stop --pid $victim {term} --uid {uid} --creator clock");

        await machine.DoAsync("date -s @$(($(date +%s) - 86400)) >/dev/null");

        await machine.DoAsync("while grep -q '^State:.T' /proc/$(cat /run/victim)/status; do usleep 200000; done; kill $(cat /run/victim)");
        Assert.Contains(why, await machine.DoAsync($"while ! grep -q certificate /disk/state/injections/{uid}/journal; do usleep 200000; done; cat /disk/state/injections/{uid}/journal"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("network-partition", "CRT5601", "nf_tables (tried by netlink)")]
    [InlineData("network-delay --latency 10ms", "CRT5680", "Tried: a queueing discipline of the kernel", "queues of netfilter")]
    [InlineData("network-bandwidth --rate 1mbit", "CRT5680", "Tried: a queueing discipline of the kernel", "queues of netfilter")]
    [InlineData("dns-fail", "CRT5680", "nfnetlink_queue")]
    [InlineData("http-abort --port 80", "CRT5630", "nft_tproxy and nft_fib_inet")]
    [InlineData("nproc-exhaust --pid 2", "CRT5734", "pids")]
    [InlineData("disk-hang --pid 2 --device /disk", "CRT5734", "blkio (version 1) or io (version 2)")]
    [InlineData("container-pause --cgroup /sys/fs/cgroup/none", "CRT5613", "/sys/fs/cgroup/none")]
    public async Task A_kernel_without_the_mechanism_refuses_and_says_what_was_tried(string inject, string code, params string[] named)
    {
        var machine = await host.GetAsync();
        await machine.DoAsync("""
            umount /sys/fs/cgroup
            for round in 1 2 3 4 5 6 7 8; do for module in $(lsmod | awk 'NR > 1 && $3 == 0 && /nf|nft|sch|ifb|xt|x_tables/ {print $1}'); do rmmod $module; done; done
            true
            """);
        try
        {
            var answer = await machine.RunAsync($"{Host.Craterd} inject {inject} --uid without-1 -t 60s --creator without");

            Assert.Equal((5, code), (answer.Code, answer.Error.Split(':')[0]));
            Assert.All(named, what => Assert.Contains(what, answer.Error, StringComparison.Ordinal));
            Assert.Equal("", await machine.DoAsync("ls -A /disk/state/claims; ls -d /disk/state/injections/without-1 2>/dev/null; true"));
        }
        finally
        {
            await machine.DoAsync("mount -t cgroup2 cgroup /sys/fs/cgroup; for module in /modules/*; do insmod $module 2>/dev/null; done; true");
        }
    }

    /// <summary>The machine that the tests of this class share, started when the first one asks.</summary>
    public sealed class Host : IAsyncDisposable
    {
        internal const string Craterd = "CRATERD_STATE=/disk/state craterd";

        private Machine? _machine;

        internal async Task<Machine> GetAsync() => _machine ??= await Machine.BootAsync(new MachineSetup
        {
            Modules = ["sch_netem", "sch_tbf", "ifb", "nf_tables", "nft_numgen", "nft_fwd_netdev", "nft_queue", "nfnetlink_queue", "nft_compat", "xt_NFQUEUE", "nft_tproxy", "nft_fib_inet"],
            DiskMiB = 96,
            MemoryMiB = 1024,
            AtStart = "mkdir /sys/fs/cgroup/slow; echo '+io +pids +memory' >/sys/fs/cgroup/cgroup.subtree_control",
        });

        public async ValueTask DisposeAsync()
        {
            if (_machine is not null)
            {
                await _machine.DisposeAsync();
            }
        }
    }
}
