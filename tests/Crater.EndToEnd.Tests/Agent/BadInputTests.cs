using Crater.Agent.Host;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What people, other programs and a changing host ask of craterd that cannot be: refused with a code, and nothing of a fault is left.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Dropped = "-all";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("process-stop")]
    [InlineData("process-kill")]
    public async Task A_process_that_ends_between_the_look_and_the_act_is_refused(string fault)
    {
        var victim = _playground.StartVictim();

        var answer = await BetweenAsync(["inject", fault, "--pid", $"{victim.Pid}"], async () =>
        {
            victim.Signal(Signals.Kill);
            await Wait.UntilAsync(() => !victim.IsAlive, "the victim has ended");
        });

        Assert.Equal((3, "CRT5583"), (answer.Code, answer.Error.Split(':')[0]));
    }

    [Fact]
    public async Task An_interface_that_is_down_is_refused()
    {
        var place = await _playground.StartNetworkAsync();
        await IpAsync(place, "link", "set", "lo", "down");

        var answer = await _playground.RunAsync("inject", "network-loss", "--pid", $"{place.Pid}", "--percent", "10", "--interface", "lo", "-t", "60s");

        Assert.Equal((5, "CRT5751"), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Empty(_playground.State.All());
    }

    [Fact]
    public async Task An_interface_that_is_renamed_between_the_look_and_the_act_is_refused()
    {
        var place = await _playground.StartNetworkAsync();
        await IpAsync(place, "link", "add", "here0", "type", "veth", "peer", "name", "there0");
        await IpAsync(place, "link", "set", "here0", "up");

        var answer = await BetweenAsync(["inject", "network-loss", "--pid", $"{place.Pid}", "--percent", "10", "--interface", "here0"], async () =>
        {
            await IpAsync(place, "link", "set", "here0", "down");
            await IpAsync(place, "link", "set", "here0", "name", "gone0");
            await IpAsync(place, "link", "set", "there0", "name", "here0");
            await IpAsync(place, "link", "set", "here0", "up");
        });

        Assert.Equal((3, "CRT5605"), (answer.Code, answer.Error.Split(':')[0]));
    }

    [Theory]
    [InlineData("process-stop", "CAP_KILL")]
    [InlineData("file-chmod", "CAP_FOWNER")]
    [InlineData("network-loss", "CAP_NET_ADMIN")]
    public async Task What_the_kernel_does_not_permit_is_refused_with_the_capability_that_is_missing(string fault, string capability)
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "root or setpriv is missing, with which capabilities are dropped");
        var victim = _playground.StartVictim("/usr/bin/setpriv", "--reuid", "65534", "--clear-groups", "/bin/sleep", "300");
        await Wait.UntilAsync(() => ProcessStat.Read(victim.Pid) is { Name: "sleep" }, "the victim belongs to somebody else");
        var file = Path.Combine(_playground.Field, "app.conf");
        await File.WriteAllTextAsync(file, "original", TestContext.Current.CancellationToken);
        using (var give = CraterProcess.Start("/", new Dictionary<string, string>(), ["/bin/chown", "65534", file]))
        {
            Assert.Equal(0, (await give.EndAsync()).Code);
        }

        var place = fault == "network-loss" ? await _playground.StartNetworkAsync() : victim;
        var before = FaultCase.Files(_playground);
        string[] arguments = ["inject", fault, .. fault switch
        {
            "process-stop" => (string[])["--pid", $"{victim.Pid}"],
            "file-chmod" => ["--path", file, "--permission", "000"],
            _ => ["--pid", $"{place.Pid}", "--percent", "10"],
        }, "-t", "60s"];
        _playground.Allow(arguments);

        // Still root by name, and so the owner of the state folder, but with nothing that root may do beyond others.
        var answer = await RunAsync(["/usr/bin/setpriv", $"--bounding-set={Dropped}", $"--inh-caps={Dropped}", Playground.Program, .. arguments]);

        Assert.Equal((5, "CRT5560"), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Contains(capability, answer.Error, StringComparison.Ordinal);
        Assert.Equal(before, FaultCase.Files(_playground));
        Assert.False(ProcessStat.Read(victim.Pid)!.Value.IsStopped);
        Assert.Empty(_playground.State.Claims.Holders());
    }

    [Fact]
    public async Task Another_users_process_whose_limit_may_not_be_looked_at_is_not_taken_for_one_that_has_ended()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "root or setpriv is missing, with which capabilities are dropped");
        var victim = _playground.StartVictim("/usr/bin/setpriv", "--reuid", "65534", "--clear-groups", "/bin/sleep", "300");
        await Wait.UntilAsync(() => ProcessStat.Read(victim.Pid) is { Name: "sleep" }, "the victim belongs to somebody else");
        string[] arguments = ["inject", "fd-exhaust", "--pid", $"{victim.Pid}", "-t", "60s"];
        _playground.Allow(arguments);

        var answer = await RunAsync(["/usr/bin/setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource", Playground.Program, .. arguments]);

        Assert.Equal((5, "CRT5560"), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Contains($"limit of process {victim.Pid} could not be read", answer.Error, StringComparison.Ordinal);
        Assert.Contains("This craterd has no CAP_SYS_RESOURCE", answer.Error, StringComparison.Ordinal);
        Assert.Empty(_playground.State.Claims.Holders());
    }

    [Fact]
    public async Task Of_many_injects_with_one_uid_one_is_in_place_and_the_others_are_refused()
    {
        var injects = Enumerable.Range(0, 5).Select(_ => _playground.RunAsync("inject", "cpu-burn", "--percent", "1", "--count", "1", "--uid", "same-uid", "-t", "60s"));

        var codes = (await Task.WhenAll(injects)).Select(answer => answer.Code).Order();

        Assert.Equal([0, 7, 7, 7, 7], codes);
        Assert.Equal(0, (await _playground.RunAsync("recover", "same-uid")).Code);
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "nobody of craterd is left");
    }

    [Theory]
    [InlineData("undo")]
    [InlineData("journal", "undo")]
    public async Task Damaged_undo_data_is_set_aside_and_its_keeper_recovers_from_what_it_remembers(params string[] damaged)
    {
        var victim = _playground.StartVictim();
        Assert.Equal(0, (await _playground.RunAsync("inject", "process-stop", "--pid", $"{victim.Pid}", "--uid", "damaged-2", "-t", "60s")).Code);
        foreach (var name in damaged)
        {
            var file = Path.Combine(_playground.State.Find("damaged-2")!.Path, name);
            await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("process", "progress", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        }

        var answer = await _playground.RunAsync("recover", "damaged-2");

        Assert.Equal(4, answer.Code);
        Assert.Contains("CRT5527", answer.Out, StringComparison.Ordinal);
        await Wait.UntilAsync(() => _playground.OwnCraterds().Count == 0, "nobody of craterd is left");
        Assert.False(ProcessStat.Read(victim.Pid)!.Value.IsStopped);
        Assert.Single(_playground.State.SetAside());
    }

    [Fact]
    public async Task A_claim_that_cannot_be_read_for_damage_keeps_nobody_from_anything_else()
    {
        var file = Path.Combine(_playground.Field, "app.conf");
        await File.WriteAllTextAsync(file, "original", TestContext.Current.CancellationToken);
        _ = _playground.State;
        await File.WriteAllBytesAsync(Path.Combine(_playground.StateFolder, "claims", "no-such-uid"), [0, 255, 10, 0], TestContext.Current.CancellationToken);

        Assert.Equal(0, (await _playground.RunAsync("inject", "file-delete", "--path", file, "--uid", "beside-it", "-t", "60s")).Code);
        Assert.Equal(0, (await _playground.RunAsync("recover", "--all")).Code);
        Assert.Empty(_playground.State.Claims.Holders());
    }

    [Theory]
    [InlineData("$(touch pwned)")]
    [InlineData("`touch pwned`")]
    [InlineData("; touch pwned #")]
    [InlineData("' && touch pwned && '")]
    [InlineData("| touch pwned")]
    [InlineData("a\ttab and \"quotes\" and \\ and ünïcode ☃ %s %n")]
    public async Task No_text_reaches_a_shell_wherever_it_is_written(string odd)
    {
        var file = Path.Combine(_playground.Field, odd.Replace('/', '-'));
        await File.WriteAllTextAsync(file, "original\n", TestContext.Current.CancellationToken);
        var before = FaultCase.Files(_playground);

        var inject = await _playground.RunAsync("inject", "file-append", "--path", file, "--content", odd, "--creator", odd, "--uid", "odd-text", "-t", "60s");
        Assert.True(inject.Code == 0, inject.ToString());
        Assert.Equal($"original\n{odd} #crater-odd-text\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains("1 of 1", (await _playground.RunAsync("query", "--creator", odd)).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _playground.RunAsync("recover", "odd-text")).Code);
        foreach (var (code, arguments) in new (string, string[])[] { ("CRT5501", ["inject", odd]), ("CRT5509", ["inject", "cpu-burn", "-p", "1", "--uid", odd]), ("CRT5514", [odd]), ("CRT5509", ["recover", odd]) })
        {
            var answer = await RunAsync([Playground.Program, .. arguments]);
            Assert.Equal(code, answer.Error.Split(':')[0]);
        }

        Assert.Equal(before, FaultCase.Files(_playground));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_playground.Folder, "*", SearchOption.AllDirectories), path => Path.GetFileName(path) == "pwned");
    }

    [Fact]
    public async Task A_request_that_does_not_fit_into_one_message_is_refused()
    {
        var file = Path.Combine(_playground.Field, "app.conf");
        await File.WriteAllTextAsync(file, "original", TestContext.Current.CancellationToken);

        var answer = await _playground.RunAsync("inject", "file-modify", "--path", file, "--content", new string('\u0001', 32 * 1024), "-t", "60s");

        Assert.Equal((1, "CRT5750"), (answer.Code, answer.Error.Split(':')[0]));
        Assert.Equal("original", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    /// <summary>Injects, and does something when the target has been looked at and not yet been touched. Afterwards nothing may be left of it.</summary>
    private async Task<Answer> BetweenAsync(string[] inject, Func<Task> act)
    {
        using var craterd = _playground.Start("keeper:guardian-armed", [.. inject, "--uid", "between", "-t", "60s"]);
        await Wait.UntilAsync(() => _playground.Paused("keep") is not null, "the target has been looked at");
        await act();
        _playground.Paused("keep")!.Value.Signal(Signals.Continue);
        var answer = await craterd.EndAsync();
        Assert.Equal(InjectionStatus.Failed, _playground.Record("between").Status);
        Assert.Empty(_playground.State.Claims.Holders());
        return answer;
    }

    private async Task IpAsync(ProcessIdentity place, params string[] arguments)
    {
        var ip = File.Exists("/usr/sbin/ip") ? "/usr/sbin/ip" : "/sbin/ip";
        using var run = CraterProcess.Start(_playground.Folder, new Dictionary<string, string>(), ["/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", ip, .. arguments]);
        var answer = await run.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
    }

    private async Task<Answer> RunAsync(IReadOnlyList<string> vector)
    {
        using var craterd = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder }, vector);
        return await craterd.EndAsync();
    }
}
