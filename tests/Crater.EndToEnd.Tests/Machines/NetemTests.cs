using System.Globalization;
using Xunit;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>Faults of packets in a kernel that has netem, measured there by ping and by counting datagrams.</summary>
[Collection(LongestFirst.Machines)]
public sealed class NetemTests(NetemTests.Emulator emulator) : IClassFixture<NetemTests.Emulator>
{
    [Fact]
    public Task A_delay_is_netems_and_as_long_as_was_asked_for() => emulator.UseAsync(async machine =>
    {
        var free = (await TripsAsync(machine))[0];
        var said = await machine.DoAsync("craterd inject network delay -i lo -l 40ms --uid netem-1 -t 10m");
        Assert.Contains("netem on an intermediate device", said, StringComparison.Ordinal);

        // There and back, each with the latency. The shortest trip: a busy machine lets an emulated one wait, and so makes the others longer.
        var (low, high) = (2 * ((40 * 0.98) - 0.3), 2 * ((40 * 1.02) + 0.3));
        Assert.InRange((await TripsAsync(machine))[0] - free, low, high);
        await machine.DoAsync("craterd recover netem-1");
        Assert.True((await TripsAsync(machine))[0] < 20);
    });

    [Fact]
    public Task Two_faults_on_one_interface_compose_and_leave_the_users_own_discipline_alone() => emulator.UseAsync(async machine =>
    {
        await machine.DoAsync("/usr/sbin/tc qdisc add dev lo root handle 7: netem delay 10ms");
        var before = await machine.DoAsync("/usr/sbin/tc qdisc show dev lo");

        await machine.DoAsync("craterd inject network-delay -i lo -l 100ms --uid both-1 -t 10m; craterd inject network-delay -i lo -l 200ms --uid both-2 -t 10m");
        Assert.Equal(before, await machine.DoAsync("/usr/sbin/tc qdisc show dev lo"));
        Assert.InRange((await TripsAsync(machine))[0], 615, 720);
        await machine.DoAsync("craterd recover both-1");
        Assert.InRange((await TripsAsync(machine))[0], 415, 500);
        await machine.DoAsync("craterd recover both-2");
        Assert.InRange((await TripsAsync(machine))[0], 15, 90);
        Assert.Equal(before, await machine.DoAsync("/usr/sbin/tc qdisc show dev lo"));
        await machine.DoAsync("/usr/sbin/tc qdisc del dev lo root");
    });

    [Theory]
    [InlineData("network-corrupt -p 20", 0.75, 0.85)]
    [InlineData("network-duplicate -p 20", 1.16, 1.24)]
    [InlineData("network-loss -p 20 --correlation 50", 0.75, 0.85)]
    public Task A_share_of_the_packets_is_hit(string fault, double low, double high) => emulator.UseAsync(async machine =>
    {
        var said = await machine.DoAsync($"craterd inject {fault} -i lo --uid share-1 -t 10m");
        Assert.Contains("netem", said, StringComparison.Ordinal);
        const int Count = 4_000;
        var arrived = int.Parse(await machine.DoAsync($"/usr/bin/perl /count {Count}"), CultureInfo.InvariantCulture);
        Assert.InRange(arrived / (double)Count, low, high);
        await machine.DoAsync("craterd recover share-1");
        Assert.Equal("500", await machine.DoAsync("/usr/bin/perl /count 500"));
    });

    [Fact]
    public Task After_the_power_went_the_sweep_finds_nothing_of_any_fault_and_puts_files_back() => emulator.UseAsync(async machine =>
    {
        await machine.DoAsync("""
            echo original >/disk/app.conf
            sync
            craterd inject network-delay -i lo -l 500ms --uid power-1 -t 10m
            craterd inject network-loss -p 50 --dst-ip 10.9.9.9 --uid power-2 -t 10m
            craterd inject file-modify -p /disk/app.conf -c broken --uid power-3 -t 10m
            """);
        Assert.True((await TripsAsync(machine))[0] > 500);

        await machine.ResetAsync();
        Assert.Equal("broken", await machine.DoAsync("cat /disk/app.conf"));
        var said = await machine.DoAsync("craterd recover --all");
        Assert.Equal(3, said.Split('\n').Count(line => line.Contains("clean", StringComparison.Ordinal)));
        Assert.Equal("original", await machine.DoAsync("cat /disk/app.conf"));
        Assert.Equal("lo", await machine.DoAsync("ls /sys/class/net | grep -v ^ifb"));
        await machine.DoAsync("rm /disk/app.conf");
        Assert.True((await TripsAsync(machine))[0] < 20);
    });

    /// <summary>Milliseconds, the shortest first.</summary>
    private static async Task<List<double>> TripsAsync(Machine machine)
    {
        var said = await machine.DoAsync("ping -c 15 -i 0.1 127.0.0.1");
        return [.. said.Split('\n').Where(line => line.Contains("time=", StringComparison.Ordinal)).Select(line => double.Parse(line.Split("time=")[1].Split(' ')[0], CultureInfo.InvariantCulture)).Order()];
    }

    /// <summary>A machine whose kernel has netem, and a program that counts datagrams.</summary>
    public sealed class Emulator : SharedMachine
    {
        private const string Perl = "/usr/lib/x86_64-linux-gnu/perl-base";

        /// <summary>Sends so many datagrams to itself and says how many came, copies included, and those whose checksum was wrong not.</summary>
        private const string Count = """
            use Socket;
            my $to = sockaddr_in(9901, INADDR_LOOPBACK);
            socket(my $in, PF_INET, SOCK_DGRAM, 0);
            setsockopt($in, SOL_SOCKET, SO_RCVBUF, 1 << 20);
            bind($in, $to) or die;
            socket(my $out, PF_INET, SOCK_DGRAM, 0);
            my $came = 0;
            sub take { while (defined recv($in, my $datagram, 100, MSG_DONTWAIT)) { $came++ } }
            for (1 .. $ARGV[0]) { send($out, "x" x 1000, 0, $to); take() }
            select(undef, undef, undef, 0.3);
            take();
            print "$came\n";
            """;

        private protected override MachineSetup Setup
        {
            get
            {
                Assert.SkipUnless(Directory.Exists(Perl), "perl-base is missing, which counts datagrams in a virtual machine");
                return new MachineSetup
                {
                    Modules = ["sch_netem", "ifb", "nf_tables", "nft_numgen", "nft_fwd_netdev", "nft_queue", "nfnetlink_queue", "nft_compat", "xt_NFQUEUE"],
                    Programs = ["/usr/sbin/tc", "/usr/bin/perl"],
                    Files = Directory.EnumerateFiles(Perl, "*", SearchOption.AllDirectories).ToDictionary(file => file),
                    DiskMiB = 32,
                    AtStart = $"cat >/count <<'END'\n{Count}\nEND",
                };
            }
        }
    }
}
