using System.Net;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Whoever of serve, keeper, guardian and client dies or leaves: nothing stays that nobody holds, and nothing is held by serve.</summary>
public sealed class ServeDeathTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task The_keeper_that_waits_is_the_one_that_is_asked_and_another_one_takes_its_place()
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        var waiting = await WaitingAsync();

        await agent.InjectAsync("ahead-1");

        Assert.Equal(waiting, _playground.Record("ahead-1").Keeper);
        await Wait.UntilAsync(() => Ahead("keep").Any(next => next != waiting), "the next one waits");
    }

    [Fact]
    public async Task An_inject_finds_a_keeper_when_the_one_that_waited_was_killed()
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        var waiting = await WaitingAsync();
        waiting.Signal(Signals.Kill);
        await Wait.UntilAsync(() => !waiting.IsAlive, "it is gone");

        var (status, told) = await agent.InjectAsync("ahead-2");

        Assert.True(status == HttpStatusCode.Created, told.ToString());
        Assert.NotEqual(waiting, _playground.Record("ahead-2").Keeper);
    }

    [Fact]
    public async Task An_inject_finds_a_guardian_when_the_one_that_waited_was_killed()
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        await WaitingAsync();
        Ahead("guard").Single().Signal(Signals.Kill);
        await Wait.UntilAsync(() => Ahead("guard").Count == 0, "it is gone");

        var (status, told) = await agent.InjectAsync("ahead-3");

        Assert.True(status == HttpStatusCode.Created, told.ToString());
        Assert.True(_playground.Record("ahead-3").Guardian!.Value.IsAlive);
    }

    [Theory]
    [InlineData(Signals.Kill)]
    [InlineData(Signals.Terminate)]
    public async Task Those_that_wait_end_with_serve_and_leave_nothing(int signal)
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        await WaitingAsync();

        agent.Process.Signal(signal);

        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "all of them have ended");
        Assert.Empty(_playground.State.All());
        Assert.Empty(_playground.State.Claims.Holders());
    }

    [Fact]
    public async Task An_inject_whose_client_is_gone_is_taken_off()
    {
        using var agent = await ServedAgent.StartAsync(_playground, "keeper:fault-in-place");
        using var leaving = new CancellationTokenSource();
        using var content = ServedAgent.Content(ServedAgent.Inject("left-alone").ToJsonString());
        agent.Allow("/v1/inject", ServedAgent.Inject("left-alone"));
        var asking = agent.Client.PostAsync(new Uri("/v1/inject", UriKind.Relative), content, leaving.Token);
        ProcessIdentity? keeper = null;
        await Wait.UntilAsync(() => (keeper = _playground.Paused("keep")) is not null, "the fault is in place");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        // serve has to have seen the end of the connection before the keeper answers.
        await Wait.UntilAsync(() => Audit().Contains("\"gone\"", StringComparison.Ordinal), "serve has seen it");
        keeper!.Value.Signal(Signals.Continue);

        await Wait.UntilAsync(() => _playground.Record("left-alone").Status == InjectionStatus.Recovered, "it is taken off");
        await Wait.UntilAsync(() => Audit().Contains("CRT5666", StringComparison.Ordinal), "the audit log says so");
    }

    [Fact]
    public async Task What_lost_keeper_and_guardian_at_once_is_taken_off_while_serve_runs()
    {
        var file = Path.Combine(_playground.Field, "precious");
        await File.WriteAllTextAsync(file, "precious", TestContext.Current.CancellationToken);
        using var agent = await ServedAgent.StartAsync(_playground);
        var (status, told) = await agent.PostAsync("/v1/inject", new JsonObject { ["uid"] = "both-dead", ["fault"] = "file-delete", ["arguments"] = new JsonObject { ["path"] = file } });
        Assert.True(status == HttpStatusCode.Created, told.ToString());
        Assert.False(File.Exists(file));

        KillMatrix.KillBoth(_playground.Record("both-dead"));

        await Wait.UntilAsync(() => File.Exists(file) && _playground.Record("both-dead").Status == InjectionStatus.Recovered, "the file is back");
    }

    [Fact]
    public async Task What_the_dead_left_is_taken_off_when_serve_starts()
    {
        var file = Path.Combine(_playground.Field, "precious");
        await File.WriteAllTextAsync(file, "precious", TestContext.Current.CancellationToken);
        var inject = await _playground.RunAsync("inject", "file-delete", "--path", file, "--uid", "left-over", "-t", "10m");
        Assert.True(inject.Code == 0, inject.ToString());
        KillMatrix.KillBoth(_playground.Record("left-over"));

        using var agent = await ServedAgent.StartAsync(_playground);

        await Wait.UntilAsync(() => File.Exists(file), "the file is back");
        await Wait.UntilAsync(async () => (string?)(await agent.GetAsync("/healthz")).Body["status"] == "ok", "the sweep is over", Wait.Patience);
        Assert.Equal("sweep", _playground.Record("left-over").Certificate!["by"]);
    }

    [Fact]
    public async Task Two_serves_do_not_share_a_state_folder()
    {
        using var agent = await ServedAgent.StartAsync(_playground);

        var second = await _playground.RunAsync("serve", "--socket", Path.Combine(_playground.Folder, "other.sock"));

        Assert.Equal(7, second.Code);
        Assert.StartsWith("CRT5660", second.Error, StringComparison.Ordinal);
    }

    private async Task<ProcessIdentity> WaitingAsync()
    {
        await Wait.UntilAsync(() => Ahead("keep").Count == 1 && Ahead("guard").Count == 1 && !Directory.EnumerateFileSystemEntries(Rehearsals()).Any(), "a keeper and its guardian wait");
        return Ahead("keep").Single();
    }

    private string Rehearsals() => Directory.CreateDirectory(Path.Combine(_playground.StateFolder, Rehearsal.FolderName)).FullName;

    // Those that were asked meanwhile are still called so.
    private List<ProcessIdentity> Ahead(string verb) =>
        [.. _playground.OwnCraterds().Where(identity => ProcessStat.CommandLine(identity.Pid).Contains($"/craterd {verb} {GuardianLink.Ahead}", StringComparison.Ordinal))];

    private string Audit() => File.ReadAllText(Path.Combine(_playground.StateFolder, "audit"));
}
