using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Faults of packets, names, requests and containers, asked for by craterctl and held by the craterds of two hosts.</summary>
public sealed class HostFaultTests
{
    private const int Refuted = 2;
    private const string Db = "{hosts: \"role=db\"}";
    private const string Web = "{hosts: \"role=web\"}";

    [Fact]
    public async Task Faults_that_users_notice_are_refuted_and_those_that_they_do_not_are_upheld()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: false);

        await EndsAsync(desk, Refuted, "network-corrupt", Db, "{percent: 100, src-port: \"7000\"}");
        await EndsAsync(desk, Refuted, "http-status", Web, "{port: 8080, status: 503, path: /}");
        await EndsAsync(desk, Refuted, "http-abort", Web, "{port: 8080, method: \"GET,HEAD\"}");
        await EndsAsync(desk, 0, "http-delay", Web, "{port: 8080, delay: 300ms, jitter: 100ms, percent: 50}");
        await EndsAsync(desk, 0, "http-body", Web, "{port: 8080, body: other}");
        await EndsAsync(desk, 0, "network-duplicate", Db, "{percent: 50, src-port: \"7000\"}");
        await EndsAsync(desk, 0, "network-reorder", Db, "{latency: 20ms, gap: 2, src-port: \"7000\"}");
        await EndsAsync(desk, 0, "network-bandwidth", Db, "{rate: 1mbit, src-port: \"7000\"}");
        await EndsAsync(desk, 0, "dns-fail", Web, "{domain: \"*.example.com\", answer: nxdomain}");
        await EndsAsync(desk, 0, "dns-override", Web, "{domain: store.example.com, ip: 10.77.0.2}");
    }

    [Fact]
    public async Task A_container_is_found_frozen_and_let_go_and_one_that_was_killed_is_waited_for()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: true);
        using var container = await desk.StartContainerAsync();
        var target = $"{{hosts: \"role=db\", container: {container.Id}}}";
        var inventory = (await desk.RunAsync("inventory", "--json")).Json;
        Assert.Contains(inventory["components"]!.AsArray(), component => ((string?)component!["kind"], (string?)component["namespace"], (string?)component["name"]) == ("Container", "db1", "sleep"));

        using (var pause = desk.Start("run", desk.Document("pause", "container-pause", target, "6s")))
        {
            await pause.SaysAsync("in place: ");
            Assert.Equal("paused", await container.StatusAsync());
            Assert.Equal(0, (await pause.EndAsync()).Code);
        }

        Assert.Equal("running", await container.StatusAsync());
        await EndsAsync(desk, 0, "network-delay", target, "{latency: 5ms}");

        using var kill = desk.Start("run", desk.Document("kill", "container-kill", "{hosts: \"role=db\", container: sleep}", "6s"));
        await Wait.UntilAsync(() => Last(desk, "container-kill")?.Status == InjectionStatus.Recovered, "craterd has certified its part");
        Assert.False(kill.HasExited);
        Assert.NotEmpty((await desk.StatusAsync())["outstanding"]!.AsArray());
        await container.RestartAsync();
        var killed = await kill.EndAsync();
        Assert.True(killed.Code == 0, killed.ToString());

        // The kernel takes the first process of a container that has a limit on memory, and nobody else.
        using var starve = desk.Start("run", desk.Document("starve", "memory-oom", target, "6s"));
        await Wait.UntilAsync(() => Last(desk, "memory-oom")?.Status == InjectionStatus.Recovered, "craterd has certified its part");
        Assert.Equal("stopped", await container.StatusAsync());
        await container.RestartAsync();
        var starved = await starve.EndAsync();
        Assert.True(starved.Code == 0, starved.ToString());
    }

    [Fact]
    public async Task A_container_that_is_not_there_is_named_with_those_that_are()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: true);
        using var container = await desk.StartContainerAsync();

        var answer = await desk.RunAsync("run", desk.Document("none", "container-kill", "{hosts: \"*\", container: redis-server}", "1s"));

        Assert.True(answer.Code != 0 && answer.Error.Contains($"on db1 the containers sleep:{container.Id}", StringComparison.Ordinal) && answer.Error.Contains("on web1 none", StringComparison.Ordinal), answer.ToString());
        Assert.Empty(desk.Records("db1"));
    }

    private static InjectionRecord? Last(HostDesk desk, string fault) => desk.Records("db1").FirstOrDefault(record => record.Fault == fault);

    private static async Task EndsAsync(HostDesk desk, int code, string fault, string target, string arguments)
    {
        var host = target.Contains("web", StringComparison.Ordinal) ? "web1" : "db1";
        var run = await desk.RunAsync("run", desk.Document($"{host}-{fault}", fault, target, "6s", arguments));
        Assert.True(run.Code == code, $"{fault}: {run}");
        var record = Assert.Single(desk.Records(host), record => record.Fault == fault);
        Assert.Equal((InjectionStatus.Recovered, "true"), (record.Status, record.Certificate?["clean"]));
        Assert.Empty((await desk.StatusAsync())["outstanding"]!.AsArray());
    }
}
