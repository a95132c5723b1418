using System.Net;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What happens to packets that are not merely dropped, measured with datagrams in a network namespace that the test made, by the mechanisms that this kernel has.</summary>
public sealed class ShapedFaultTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task Half_a_percent_is_half_a_percent()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "half-1", "network-loss", "--percent", "0.5");

        // Six standard deviations of 100,000 lots.
        Assert.InRange(Packets.Lost(place, IPAddress.Loopback, 100_000) / 1_000.0, 0.37, 0.63);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task What_is_corrupted_is_found_by_its_checksum_and_dropped(string address)
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "corrupt-1", "network-corrupt", "--percent", "20");

        Assert.InRange(Packets.Lost(place, IPAddress.Parse(address), 10_000) / 10_000.0, 0.175, 0.225);
        await RecoverAsync("corrupt-1");
        Assert.Equal(0, Packets.Lost(place, IPAddress.Parse(address), 1_000));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task What_is_duplicated_comes_twice(string address)
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "twice-1", "network-duplicate", "--percent", "30");

        Assert.InRange(Packets.Arrivals(place, IPAddress.Parse(address), 1_000).Count, 1_210, 1_390);
        await RecoverAsync("twice-1");
        Assert.Equal(200, Packets.Arrivals(place, IPAddress.Parse(address), 200).Count);
    }

    [Fact]
    public async Task One_in_three_overtakes_the_others()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "order-1", "network-reorder", "--gap", "3", "--latency", "300ms");

        var arrivals = Packets.Arrivals(place, IPAddress.Loopback, 9);
        Assert.Equal([2, 5, 8, 0, 1, 3, 4, 6, 7], arrivals.Select(arrival => arrival.Number));
        Assert.True(arrivals[2].After < TimeSpan.FromMilliseconds(300) && arrivals[3].After > TimeSpan.FromMilliseconds(299), string.Join(", ", arrivals));
    }

    [Fact]
    public async Task A_jitter_varies_the_latency_to_both_sides_within_its_bounds()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "jitter-1", "network-delay", "--latency", "200ms", "--jitter", "100ms");

        var after = Packets.Arrivals(place, IPAddress.Loopback, 200).Select(arrival => arrival.After.TotalMilliseconds).ToList();
        Assert.Equal(200, after.Count);
        Assert.True(after[0] is >= 99.9 and < 130 && after[^1] > 270 && after[100] is > 170 and < 230, string.Join(", ", after));
    }

    [Theory]
    [InlineData("127.0.0.1", "out")]
    [InlineData("127.0.0.1", "in")]
    public async Task So_much_passes_in_a_second_and_no_more(string address, string direction)
    {
        var place = await _playground.StartNetworkAsync();
        var said = await InjectAsync(place, "rate-1", "network-bandwidth", "--rate", "20mbit", "--direction", direction);

        Assert.Contains("tbf", said, StringComparison.Ordinal);

        // The best of three: the kernel counts well, but a busy machine measures badly.
        var closest = Enumerable.Range(0, 3).Select(_ => Packets.BitsPerSecond(place, IPAddress.Parse(address), 1_200, TimeSpan.FromSeconds(1)) / 20e6).MinBy(share => Math.Abs(share - 1));
        Assert.InRange(closest, 0.97, 1.03);
    }

    [Fact]
    public async Task A_second_limit_on_one_interface_takes_another_way_and_both_hold()
    {
        var place = await _playground.StartNetworkAsync();
        var first = await InjectAsync(place, "rate-21", "network-bandwidth", "--rate", "40mbit");
        var second = await InjectAsync(place, "rate-22", "network-bandwidth", "--rate", "10mbit");
        Assert.Contains("tbf on an intermediate device", first, StringComparison.Ordinal);
        Assert.Contains("A queue of netfilter", second, StringComparison.Ordinal);
        Assert.InRange(Packets.BitsPerSecond(place, IPAddress.Loopback, 1_200, TimeSpan.FromSeconds(1)) / 10e6, 0.8, 1.2);

        await RecoverAsync("rate-22");
        Assert.InRange(Packets.BitsPerSecond(place, IPAddress.Loopback, 1_200, TimeSpan.FromSeconds(1)) / 40e6, 0.8, 1.2);
        await RecoverAsync("rate-21");
        Assert.True(Packets.BitsPerSecond(place, IPAddress.Loopback, 60_000, TimeSpan.FromSeconds(0.5)) > 60e6);
    }

    [Fact]
    public async Task The_discipline_that_the_user_has_is_never_touched()
    {
        var place = await _playground.StartNetworkAsync();
        await InsideAsync(place, "tc", "qdisc", "add", "dev", "lo", "root", "handle", "7:", "htb", "default", "1");
        await InsideAsync(place, "tc", "class", "add", "dev", "lo", "parent", "7:", "classid", "7:1", "htb", "rate", "1gbit");
        var before = await InsideAsync(place, "tc", "qdisc", "show", "dev", "lo") + await InsideAsync(place, "tc", "class", "show", "dev", "lo");

        await InjectAsync(place, "beside-1", "network-bandwidth", "--rate", "8mbit", "--interface", "lo");
        Assert.Equal(before, await InsideAsync(place, "tc", "qdisc", "show", "dev", "lo") + await InsideAsync(place, "tc", "class", "show", "dev", "lo"));
        Assert.InRange(Packets.BitsPerSecond(place, IPAddress.Loopback, 1_200, TimeSpan.FromSeconds(1)) / 8e6, 0.8, 1.2);
        await RecoverAsync("beside-1");
        Assert.Equal(before, await InsideAsync(place, "tc", "qdisc", "show", "dev", "lo") + await InsideAsync(place, "tc", "class", "show", "dev", "lo"));
    }

    [Fact]
    public async Task Packets_are_not_led_past_filters_that_the_user_has_at_an_interface()
    {
        var place = await _playground.StartNetworkAsync();
        await InsideAsync(place, "tc", "qdisc", "add", "dev", "lo", "clsact");

        Assert.Contains("A queue of netfilter", await InjectAsync(place, "clsact-1", "network-bandwidth", "--rate", "8mbit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_both_processes_are_killed_everything_passes_at_once_and_the_idle_device_goes_with_the_next_sweep()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "idle-1", "network-bandwidth", "--rate", "8kbit");
        var processes = _playground.OwnCraterds();
        foreach (var signal in new[] { Signals.Stop, Signals.Kill })
        {
            processes.ToList().ForEach(process => process.Signal(signal));
        }

        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "both have ended");
        Assert.Equal(0, Packets.Lost(place, IPAddress.Loopback, 1_000));
        Assert.Contains("crtr", await InsideAsync(place, "ip", "-o", "link"), StringComparison.Ordinal);
        Assert.Contains("belongs to no injection", await ResidueAsync(place), StringComparison.Ordinal);
        Assert.Equal(0, (await _playground.RunAsync("recover", "--all")).Code);
        Assert.DoesNotContain("crtr", await InsideAsync(place, "ip", "-o", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_mode_exclude_all_are_hit_but_those_that_the_filters_name()
    {
        var place = await _playground.StartNetworkAsync();
        await InjectAsync(place, "except-1", "network-partition", "--mode", "exclude", "--dst-ip", "127.0.0.9", "--direction", "out");

        Assert.NotNull(Packets.Trip(place, IPAddress.Parse("127.0.0.9")));
        Assert.Null(Packets.Trip(place, IPAddress.Parse("127.0.0.8")));
        Assert.Null(Packets.Trip(place, IPAddress.IPv6Loopback));
    }

    [Theory]
    [InlineData("CRT5507", "network-loss", "--percent", "0")]
    [InlineData("CRT5507", "network-corrupt", "--percent", "100.5")]
    [InlineData("CRT5506", "network-bandwidth", "--rate", "1000")]
    [InlineData("CRT5506", "network-bandwidth", "--rate", "1mbps")]
    [InlineData("CRT5507", "network-bandwidth", "--rate", "1bit")]
    [InlineData("CRT5606", "network-reorder", "--latency", "0")]
    public async Task Amounts_that_make_no_sense_are_refused(string error, string fault, params string[] arguments)
    {
        var place = await _playground.StartNetworkAsync();

        var answer = await _playground.RunAsync(["inject", fault, "--pid", $"{place.Pid}", "-t", "5s", .. arguments]);
        Assert.Equal((1, error), (answer.Code, answer.Error.Split(':')[0]));
    }

    // As a craterd sees it that never knew the injection.
    private async Task<string> ResidueAsync(ProcessIdentity place)
    {
        using var residue = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder + "-2" },
            ["/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", Playground.Program, "residue"]);
        return (await residue.EndAsync()).Out;
    }

    private async Task<string> InjectAsync(ProcessIdentity place, string uid, string fault, params string[] arguments)
    {
        var answer = await _playground.RunAsync(["inject", fault, "--pid", $"{place.Pid}", "--uid", uid, "-t", "60s", .. arguments]);
        Assert.True(answer.Code == 0, answer.ToString());
        return answer.Out;
    }

    private Task<Answer> RecoverAsync(string uid) => _playground.DoneAsync("recover", uid);

    private async Task<string> InsideAsync(ProcessIdentity place, params string[] vector)
    {
        using var process = CraterProcess.Start(_playground.Folder, new Dictionary<string, string>(), ["/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", .. vector]);
        var answer = await process.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        return answer.Out;
    }
}
