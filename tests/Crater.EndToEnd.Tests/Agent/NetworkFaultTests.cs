using System.Net;
using Crater.Agent.Faults.Network;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The faults of packets, measured with datagrams in a network namespace that the test made.</summary>
public sealed class NetworkFaultTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_share_of_the_packets_is_lost_of_either_protocol(string address)
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "loss-1", "network-loss", "--percent", "30");

        // Six standard deviations of 20,000 lots.
        Assert.InRange(Packets.Lost(place, IPAddress.Parse(address), 20_000) / 20_000.0, 0.28, 0.32);
        await RecoverAsync("loss-1");
        Assert.Equal(0, Packets.Lost(place, IPAddress.Parse(address), 2_000));
    }

    [Fact]
    public async Task What_fails_inside_fails_at_the_caller_whatever_it_is()
    {
        var place = await _playground.StartNetworkAsync();
        Assert.Throws<InvalidOperationException>(() => NetworkNamespace.Inside<int>($"/proc/{place.Pid}/ns/net", () => throw new InvalidOperationException("of the test")));
    }

    [Fact]
    public async Task A_packet_takes_the_latency_longer()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "delay-1", "network-delay", "--latency", "150ms", "--interface", "lo");

        // A busy machine may make it later still, never earlier.
        var trips = Enumerable.Range(0, 5).Select(_ => Packets.Trip(place, IPAddress.Loopback)!.Value.TotalMilliseconds).ToList();
        Assert.True(trips.Min() is >= 149.9 and < 300, string.Join(", ", trips));
        await RecoverAsync("delay-1");
        Assert.True(Packets.Trip(place, IPAddress.Loopback) < TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Only_what_the_filters_name_is_cut_off()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "part-1", "network-partition", "--dst-ip", "127.0.0.8/30,::1", "--dst-port", "9900", "--exclude-ip", "127.0.0.10");

        Assert.Null(Packets.Trip(place, IPAddress.Parse("127.0.0.9")));
        Assert.Null(Packets.Trip(place, IPAddress.IPv6Loopback));
        Assert.NotNull(Packets.Trip(place, IPAddress.Parse("127.0.0.9"), port: 9_950));
        Assert.NotNull(Packets.Trip(place, IPAddress.Parse("127.0.0.10")));
        Assert.NotNull(Packets.Trip(place, IPAddress.Parse("127.0.0.12")));
        await RecoverAsync("part-1");
        Assert.NotNull(Packets.Trip(place, IPAddress.Parse("127.0.0.9")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_faults_on_one_interface_compose_and_go_in_either_order(bool firstFirst)
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "both-1", "network-delay", "--latency", "150ms");
        await InjectAsync(place, "both-2", "network-partition", "--dst-ip", "127.0.0.9");
        Assert.True(Packets.Trip(place, IPAddress.Loopback) > TimeSpan.FromMilliseconds(149));
        Assert.Null(Packets.Trip(place, IPAddress.Parse("127.0.0.9")));

        await RecoverAsync(firstFirst ? "both-1" : "both-2");
        Assert.Equal(firstFirst, Packets.Trip(place, IPAddress.Parse("127.0.0.9")) is null);
        await RecoverAsync(firstFirst ? "both-2" : "both-1");
        Assert.True(Packets.Trip(place, IPAddress.Parse("127.0.0.9")) < TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task When_keeper_and_guardian_are_killed_the_kernel_lets_everything_pass_at_once()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "killed-1", "network-partition");
        Assert.Null(Packets.Trip(place, IPAddress.Loopback));

        foreach (var process in _playground.OwnCraterds())
        {
            process.Signal(Signals.Stop);
        }

        foreach (var process in _playground.OwnCraterds())
        {
            process.Signal(Signals.Kill);
        }

        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "both have ended");
        Assert.NotNull(Packets.Trip(place, IPAddress.Loopback));
    }

    [Fact]
    public async Task A_namespace_that_is_gone_leaves_nothing_to_recover()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "gone-ns", "network-loss", "--percent", "10");
        place.Signal(Signals.Kill);
        await Wait.UntilAsync(() => !place.IsAlive, "its last process has ended");

        await RecoverAsync("gone-ns");
    }

    [Fact]
    public async Task A_table_that_belongs_to_no_injection_is_residue()
    {
        var place = await _playground.StartNetworkAsync();
        var path = $"/proc/{place.Pid}/ns/net";
        using var owner = NetworkNamespace.Inside(path, () => PacketTable.Make("crater_lost-one", [])).Socket;
        using var residue = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder },
            ["/usr/bin/nsenter", $"--net={path}", Playground.Program, "residue"]);

        var answer = await residue.EndAsync();
        Assert.Equal(4, answer.Code);
        Assert.Contains("table crater_lost-one belongs to no injection", answer.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "CRT5603", "--dst-ip", "10.0.0.0/33")]
    [InlineData(1, "CRT5603", "--dst-ip", "example.com; reboot")]
    [InlineData(1, "CRT5603", "--dst-port", "0")]
    [InlineData(1, "CRT5604", "--dst-ip", "10.0.0.1", "--src-ip", "::1")]
    [InlineData(5, "CRT5605", "--interface", "eth9")]
    public async Task Filters_that_make_no_sense_are_refused(int code, string error, params string[] filters)
    {
        var place = await _playground.StartNetworkAsync();

        var answer = await _playground.RunAsync(["inject", "network-partition", "--pid", $"{place.Pid}", "-t", "5s", .. filters]);
        Assert.Equal((code, error), (answer.Code, answer.Error.Split(':')[0]));
    }

    private Task<Answer> InjectAsync(ProcessIdentity place, string uid, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--pid", $"{place.Pid}", "--uid", uid, "-t", "60s", .. arguments]);

    private Task<Answer> RecoverAsync(string uid) => _playground.DoneAsync("recover", uid);
}
