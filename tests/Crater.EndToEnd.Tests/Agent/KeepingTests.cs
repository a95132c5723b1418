using Crater.Agent.Host;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The kernel of the agent: who ends a fault, and what is refused, whatever the fault.</summary>
public sealed class KeepingTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task A_fault_ends_by_itself_when_its_time_is_up()
    {
        await InjectAsync("times-up", "-t", "1s");

        await RecoveredAsync("times-up");
        Assert.Equal("its time was up", Why("times-up"));
    }

    [Fact]
    public async Task A_lease_that_nobody_renews_ends_the_fault_long_before_its_timeout()
    {
        await InjectAsync("lease-out", "-t", "10m", "--lease", "1s");

        await RecoveredAsync("lease-out");
        Assert.Equal("its lease was not renewed", Why("lease-out"));
    }

    [Fact]
    public async Task A_lease_that_is_renewed_keeps_the_fault_in_place()
    {
        await InjectAsync("lease-on", "-t", "10m", "--lease", "30s");
        var folder = _playground.State.Find("lease-on")!;
        var before = folder.Lease!.Value;

        Assert.Equal(0, (await _playground.RunAsync("renew", "lease-on", "--lease", "60s")).Code);

        Assert.True(folder.Lease!.Value.Nanoseconds > before.Nanoseconds + 25_000_000_000);
        Assert.Equal(InjectionStatus.Injected, _playground.Record("lease-on").Status);
    }

    [Fact]
    public async Task A_keeper_that_is_stopped_past_its_deadline_is_ended_by_its_guardian()
    {
        await InjectAsync("stopped-1", "-t", "2s");
        var keeper = _playground.Record("stopped-1").Keeper!.Value;
        keeper.Signal(Signals.Stop);

        await RecoveredAsync("stopped-1");
        Assert.False(keeper.IsAlive);
        Assert.Contains("its keeper did nothing", Why("stopped-1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keeper_that_is_stopped_while_it_puts_the_fault_on_is_ended_by_its_guardian()
    {
        using var inject = _playground.Start("keeper:fault-in-place", "inject", "cpu-burn", "--percent", "5", "--count", "1", "--uid", "stopped-2", "-t", "2s");

        await RecoveredAsync("stopped-2");
        Assert.StartsWith("CRT5542", (await inject.EndAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_whose_answer_nobody_has_read_does_not_stay()
    {
        using var inject = _playground.Start("cli:asked", "inject", "cpu-burn", "--percent", "5", "--count", "1", "--uid", "unread", "-t", "10m");
        await Wait.UntilAsync(() => _playground.State.Find("unread") is not null && _playground.Record("unread").Status == InjectionStatus.Injected, "it is in place, and said");
        var asker = _playground.Paused("inject")!.Value;

        asker.Signal(Signals.Kill);

        await RecoveredAsync("unread");
        Assert.Equal("whoever asked was gone before it could be told", Why("unread"));
    }

    [Fact]
    public async Task A_uid_is_never_used_twice()
    {
        await InjectAsync("only-once", "-t", "10m");

        var again = await _playground.RunAsync("inject", "cpu-burn", "--percent", "5", "--count", "1", "-t", "5s", "--uid", "only-once");
        Assert.Equal(7, again.Code);
        Assert.StartsWith("CRT5524", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_inject_that_its_recover_has_overtaken_is_refused()
    {
        var early = await _playground.RunAsync("recover", "too-late");
        Assert.Equal(6, early.Code);
        Assert.StartsWith("CRT5530", early.Error, StringComparison.Ordinal);

        var late = await _playground.RunAsync("inject", "cpu-burn", "--percent", "5", "--count", "1", "-t", "5s", "--uid", "too-late");
        Assert.Equal(7, late.Code);
        Assert.StartsWith("CRT5525", late.Error, StringComparison.Ordinal);
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "the guardian that was not needed has ended");
    }

    [Fact]
    public async Task Recovering_twice_says_the_same_as_once()
    {
        await InjectAsync("twice-off", "-t", "10m");

        var once = await _playground.RunAsync("recover", "twice-off");
        var twice = await _playground.RunAsync("recover", "twice-off");
        Assert.Equal((0, once.Out), (twice.Code, twice.Out));
    }

    [Fact]
    public async Task Everything_is_recovered_at_once()
    {
        await InjectAsync("all-one", "-t", "10m");
        await InjectAsync("all-two", "-t", "10m");

        var answer = await _playground.RunAsync("recover", "--all");
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.All(["all-one", "all-two"], uid => Assert.Equal(InjectionStatus.Recovered, _playground.Record(uid).Status));
    }

    [Fact]
    public async Task A_damaged_journal_is_set_aside_and_never_called_clean()
    {
        await InjectAsync("damaged-1", "-t", "10m");
        var keeper = _playground.Record("damaged-1").Keeper!.Value;
        var journal = Path.Combine(_playground.State.Find("damaged-1")!.Path, "journal");
        await File.WriteAllTextAsync(journal, (await File.ReadAllTextAsync(journal, TestContext.Current.CancellationToken)).Replace("cpu-burn", "cpu-born", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var answer = await _playground.RunAsync("recover", "damaged-1");

        Assert.Equal(4, answer.Code);
        Assert.Contains("CRT5527", answer.Out, StringComparison.Ordinal);
        Assert.False(keeper.IsAlive);
        Assert.Single(_playground.State.SetAside());
        Assert.Equal(4, (await _playground.RunAsync("residue")).Code);
    }

    private Task<Answer> InjectAsync(string uid, params string[] options) => _playground.DoneAsync(["inject", "cpu-burn", "--percent", "5", "--count", "1", "--uid", uid, .. options]);

    private Task RecoveredAsync(string uid) => Wait.UntilAsync(() => _playground.State.Find(uid)?.Read().Status == InjectionStatus.Recovered, $"{uid} is recovered");

    private string Why(string uid) => _playground.Record(uid).Events.Last(entry => entry.Kind == EventKinds.Recovering)["why"];
}
