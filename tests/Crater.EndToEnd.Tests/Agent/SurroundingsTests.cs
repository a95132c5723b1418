using System.Text.Json.Nodes;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>How craterd is called, and what it meets: other tools' spelling, odd input, full disks.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task ChaosMetas_lines_are_understood_under_its_name()
    {
        var link = Path.Combine(_playground.Folder, "chaosmetad");
        File.CreateSymbolicLink(link, Playground.Program);
        _playground.Allow(["inject", "cpu-burn", "--percent", "5", "--count", "1"]);

        var inject = await RunAsync(link, "inject", "cpu", "burn", "-p", "5", "-c", "1", "-t", "1m", "--uid", "meta-1", "--creator", "somebody", "--log-level", "debug");
        Assert.True(inject.Code == 0, inject.ToString());
        var query = await RunAsync(link, "query", "-u", "meta-1", "-t", "cpu", "-f", "burn", "-s", "injected", "-c", "somebody", "--format", "json");
        Assert.Equal(1, (int)JsonNode.Parse(query.Out)!["total"]!);
        Assert.Equal(0, (await RunAsync(link, "recover", "meta-1")).Code);
    }

    [Fact]
    public async Task ChaosMetas_quick_start_delays_a_loopback()
    {
        var place = await _playground.StartNetworkAsync();
        var link = Path.Combine(_playground.Folder, "chaosmetad");
        File.CreateSymbolicLink(link, Playground.Program);
        string[] inside = ["/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", link];

        var inject = await RunAsync(inside[0], [.. inside[1..], "inject", "network", "delay", "-i", "lo", "-l", "2s", "--uid", "test1234", "-t", "10m"]);
        Assert.True(inject.Code == 0, inject.ToString());
        Assert.Null(Packets.Trip(place, System.Net.IPAddress.Loopback));
        Assert.Contains("test1234  injected", (await RunAsync(link, "query")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(link, "recover", "test1234")).Code);
        Assert.NotNull(Packets.Trip(place, System.Net.IPAddress.Loopback));
    }

    [Theory]
    [InlineData(1, "CRT5501", "inject", "no-such-fault")]
    [InlineData(1, "CRT5501", "inject")]
    [InlineData(1, "CRT5505", "inject", "cpu-burn")]
    [InlineData(1, "CRT5507", "inject", "cpu-burn", "-p", "1000")]
    [InlineData(1, "CRT5502", "inject", "cpu-burn", "-p", "1", "--hard")]
    [InlineData(1, "CRT5509", "inject", "cpu-burn", "-p", "1", "--uid", "../../etc")]
    [InlineData(1, "CRT5510", "inject", "cpu-burn", "-p", "1", "-t", "for ever")]
    [InlineData(1, "CRT5510", "inject", "cpu-burn", "-p", "1", "-t", "0")]
    [InlineData(1, "CRT5511", "inject", "cpu-burn", "-p", "1", "now")]
    [InlineData(5, "CRT5615", "inject", "cpu-load", "--count", "1", "--pid", "1")]
    [InlineData(5, "CRT5610", "inject", "network-loss", "-p", "1", "--container-id", "no-such-container")]
    [InlineData(5, "CRT5612", "inject", "network-loss", "-p", "1", "--pid", "2147483647")]
    [InlineData(5, "CRT5613", "inject", "network-loss", "-p", "1", "--cgroup", "/no/such/group")]
    [InlineData(1, "CRT5506", "inject", "memory-fill", "-b", "1024")]
    [InlineData(5, "CRT5583", "inject", "process-stop", "-p", "2147483647")]
    [InlineData(5, "CRT5591", "inject", "file-delete", "-p", "/nowhere/at/all")]
    [InlineData(5, "CRT5589", "inject", "disk-fill", "-b", "1MiB", "-d", "/nowhere/at/all")]
    [InlineData(5, "CRT5580", "inject", "cpu-burn", "-p", "1", "-l", "8191")]
    [InlineData(1, "CRT5513", "recover")]
    [InlineData(1, "CRT5514", "explode")]
    public async Task What_cannot_be_done_is_refused_with_a_code_and_leaves_no_trace(int code, string error, params string[] arguments)
    {
        // Past the list of what may be touched on purpose: each of these is refused by craterd itself before it touches anything.
        var answer = await RunAsync(Playground.Program, arguments);

        Assert.Equal((code, error), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Empty(_playground.State.All());
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "nobody of craterd is left");
    }

    [Fact]
    public async Task More_injections_than_the_limit_are_refused()
    {
        string[] inject = ["inject", "cpu-burn", "--percent", "1", "--count", "1", "-t", "60s"];
        Assert.Equal(0, (await _playground.RunAsync([.. inject, "--uid", "limit-1"])).Code);
        _playground.Allow(inject);

        using var second = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder, ["CRATERD_INJECTIONS_MAX"] = "1" },
            [Playground.Program, .. inject, "--uid", "limit-2"]);
        var answer = await second.EndAsync();
        Assert.Equal((7, "CRT5526"), (answer.Code, answer.Error.Split(':')[0]));
    }

    [Fact]
    public async Task A_disk_that_fills_up_meanwhile_keeps_no_fault_in_place()
    {
        var file = Path.Combine(_playground.Field, "app.conf");
        await File.WriteAllTextAsync(file, "original", TestContext.Current.CancellationToken);
        using var inject = _playground.StartOnSmallDisk(isFull: false, "", "inject", "file-modify", "--path", file, "--content", "broken", "--uid", "full-disk", "-t", "60s");
        var answer = await inject.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.Equal("broken", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var keeper = Assert.Single(_playground.OwnCraterds(), process => Crater.Agent.Host.ProcessStat.CommandLine(process.Pid).Contains("/craterd keep ", StringComparison.Ordinal));
        var journal = $"/proc/{keeper.Pid}/root{_playground.StateFolder}/injections/full-disk/journal";
        using var open = File.Open(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Playground.Fill($"/proc/{keeper.Pid}/root{_playground.StateFolder}/fill");

        keeper.Signal(Signals.Terminate);
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "keeper and guardian have ended");
        Assert.Equal("original", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains(EventKinds.Certificate, await new StreamReader(open).ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_touched_when_the_intent_cannot_be_written_down()
    {
        var file = Path.Combine(_playground.Field, "app.conf");
        await File.WriteAllTextAsync(file, "original", TestContext.Current.CancellationToken);
        using var inject = _playground.StartOnSmallDisk(isFull: true, "", "inject", "file-modify", "--path", file, "--content", "broken", "--uid", "no-room-1", "-t", "60s");

        var answer = await inject.EndAsync();
        Assert.Equal((5, "CRT5523"), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Equal("original", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private async Task<Answer> RunAsync(string program, params string[] arguments)
    {
        using var craterd = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder }, [program, .. arguments]);
        return await craterd.EndAsync();
    }
}
