using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Where the proxy of HTTP faults stands and where it stops: containers, its limits, itself; and that it counts what it meets.</summary>
public sealed class HttpPlaceTests : IDisposable
{
    private const string Uid = "http-place";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("runc")]
    [InlineData("podman")]
    public async Task Requests_to_a_container_are_hit_and_those_to_its_neighbour_are_not(string runtime)
    {
        var container = await _playground.StartContainerAsync(runtime);
        var neighbour = new WebPlace(await _playground.StartNetworkAsync());
        var web = new WebPlace(container.Process);
        _playground.Keep(web);
        _playground.Keep(neighbour);

        await DoneAsync("inject", "http-status", "--container", container.Id, "--port", $"{WebPlace.Port}", "--uid", Uid, "-t", "60s");
        Assert.StartsWith("HTTP/1.1 503", web.Ask("/"), StringComparison.Ordinal);
        Assert.EndsWith("hello", neighbour.Ask("/"), StringComparison.Ordinal);
        Assert.Empty(web.Seen);
        await DoneAsync("recover", Uid);
        Assert.EndsWith("hello", web.Ask("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_seen_and_hit_is_counted_and_a_fault_that_hit_nothing_says_so()
    {
        var (place, web) = await StartAsync();
        await DoneAsync("inject", "http-status", "--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", "--path", "/hit", "--uid", Uid, "-t", "60s");
        Assert.Contains("none of 0", (await DoneAsync("query")).Out, StringComparison.Ordinal);

        _ = web.Ask("/");
        _ = web.Ask("/hit");
        _ = web.Ask("/hit");
        await Wait.UntilAsync(async () => await CountsAsync() == (3, 2), "the count can be asked for", Wait.Patience);

        // The last ones right before the end.
        _ = web.Ask("/hit");
        Assert.Contains("; 3 of 4 requests were hit", (await DoneAsync("recover", Uid)).Out, StringComparison.Ordinal);
        Assert.Equal((4, 3), await CountsAsync());
        Assert.Contains("; 3 of 4 requests were hit", (await DoneAsync("recover", Uid)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_connections_than_it_can_take_go_to_the_server()
    {
        // 400 descriptors, 256 of them spare, two for each connection.
        const int Most = 72;
        var (place, web) = await StartAsync();
        string[] inject = ["inject", "http-status", "--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", "--uid", Uid, "-t", "60s"];
        _playground.Allow(inject);
        using (var craterd = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder },
            ["/bin/sh", "-c", "ulimit -n 400 && exec \"$0\" \"$@\"", Playground.Program, .. inject]))
        {
            var answer = await craterd.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
        }

        List<WebClient> clients = [];
        var hit = Enumerable.Range(0, 100).Count(_ => IsHit(web, clients));

        // It closes the door when it is full, so a few may slip in while it does.
        Assert.InRange(hit, Most, Most + 8);
        clients.ForEach(client => client.Dispose());
        clients.Clear();
        await Wait.UntilAsync(() => IsHit(web, clients), "it takes connections again when there is room");
        clients.ForEach(client => client.Dispose());
        await DoneAsync("recover", Uid);
    }

    [Fact]
    public async Task A_proxy_that_is_led_to_itself_gives_the_connections_back_to_the_server()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/nft"), "nft is missing (Debian package nftables), which takes the mark off the proxy's packets");
        var (place, web) = await StartAsync();
        await DoneAsync("inject", "http-status", "--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", "--path", "/hit", "--uid", Uid, "-t", "60s");
        Assert.StartsWith("HTTP/1.1 503", web.Ask("/hit"), StringComparison.Ordinal);

        // Somebody gives all packets a priority of their own, in the namespace that the test made.
        foreach (var command in new[] { "add table inet other", "add chain inet other out { type filter hook output priority 0 ; }", "add rule inet other out meta priority set 1:1" })
        {
            using var nft = CraterProcess.Start(_playground.Folder, new Dictionary<string, string>(), ["/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", "--", "/usr/sbin/nft", command]);
            var answer = await nft.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
        }

        // The first to come is caught between the two; whoever comes after it gets to the server, and nothing goes round.
        _ = Record.Exception(() => web.Ask("/hit"));
        await Wait.UntilAsync(() => web.Ask("/hit").EndsWith("hello", StringComparison.Ordinal), "the server answers");
        Assert.EndsWith("hello", web.Ask("/hit"), StringComparison.Ordinal);
        await DoneAsync("recover", Uid);
    }

    private static bool IsHit(WebPlace web, List<WebClient> clients)
    {
        var client = web.Connect();
        clients.Add(client);
        client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        return client.Answer().StartsWith("HTTP/1.1 503", StringComparison.Ordinal);
    }

    private async Task<(long Seen, long Hit)> CountsAsync()
    {
        var told = (await DoneAsync("query", "--json")).Json["experiments"]![0]!;
        return ((long)told["seen"]!, (long)told["hit"]!);
    }

    private async Task<(ProcessIdentity Place, WebPlace Web)> StartAsync()
    {
        var place = await _playground.StartNetworkAsync();
        var web = new WebPlace(place);
        _playground.Keep(web);
        return (place, web);
    }

    private async Task<Answer> DoneAsync(params string[] arguments)
    {
        var answer = await _playground.RunAsync(arguments);
        Assert.True(answer.Code == 0, answer.ToString());
        return answer;
    }
}
