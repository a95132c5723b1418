using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What each fault does, measured from outside, and that its neighbour is left alone.</summary>
public sealed class EffectTests : IDisposable
{
    private const string Uid = "effect-1";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData("ram")]
    [InlineData("cache")]
    public async Task Memory_is_resident_when_success_is_reported(string mode)
    {
        const long Asked = 96 << 20;
        _playground.Allow(["inject", "memory-fill", "--bytes", "96MiB"]);
        using var inject = CraterProcess.Start(_playground.Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = _playground.StateFolder },
            [Playground.Program, "inject", "mem", "fill", "-b", "96MiB", "-m", mode, "--uid", Uid, "-t", "60s"]);
        var answer = await inject.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());

        var record = _playground.Record(Uid);
        var more = Resident(record.Keeper!.Value) - Resident(record.Guardian!.Value);
        Assert.InRange(more, (long)(Asked * 0.97), (long)(Asked * 1.15));
        await RecoverAsync();
    }

    [Fact]
    public async Task Disk_space_is_taken_by_a_file_that_has_no_name()
    {
        await InjectAsync("disk-fill", "--bytes", "32MiB", "--dir", _playground.Field);

        var keeper = _playground.Record(Uid).Keeper!.Value;
        var held = Directory.EnumerateFileSystemEntries($"/proc/{keeper.Pid}/fd").Where(link => new FileInfo(link).LinkTarget?.StartsWith(_playground.Field, StringComparison.Ordinal) == true);
        using (var file = File.OpenRead(Assert.Single(held)))
        {
            Assert.Equal(32 << 20, file.Length);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_playground.Field));
        await RecoverAsync();
    }

    [Fact]
    public async Task A_port_cannot_be_listened_on_while_it_is_occupied()
    {
        using var neighbour = new TcpListener(IPAddress.Loopback, 22_502);
        await InjectAsync("port-occupy", "--port", "22501");

        Assert.Throws<SocketException>(() => Listen(22_501));
        neighbour.Start();
        await RecoverAsync();
        Listen(22_501);
    }

    [Fact]
    public async Task A_port_that_somebody_has_is_refused_and_the_owner_named()
    {
        using var owner = new TcpListener(IPAddress.Any, 22_503);
        owner.Start();

        var answer = await _playground.RunAsync("inject", "port-occupy", "--port", "22503", "--uid", Uid, "-t", "5s");
        Assert.Equal(5, answer.Code);
        Assert.Contains($"process {Environment.ProcessId} ", answer.Error, StringComparison.Ordinal);
        Assert.Null(_playground.State.Find(Uid));
    }

    [Fact]
    public async Task A_killed_process_has_ended_and_its_neighbour_has_not()
    {
        var (victim, neighbour) = (_playground.StartVictim(), _playground.StartVictim());

        await InjectAsync("process-kill", "--pid", $"{victim.Pid}");

        Assert.False(victim.IsAlive);
        Assert.True(neighbour.IsAlive);
        await RecoverAsync();
    }

    [Fact]
    public async Task Every_process_with_the_key_is_hit_and_no_other()
    {
        var neighbour = _playground.StartVictim();
        var victims = new[] { 1, 2 }.Select(_ => _playground.StartVictim("/bin/sh", "-c", "sleep 300; true", _playground.Folder)).ToList();

        await InjectAsync("process-kill", "--key", _playground.Folder);

        Assert.All(victims, victim => Assert.False(victim.IsAlive));
        Assert.True(neighbour.IsAlive);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_recovery_program_is_started_once_and_its_words_are_no_shells()
    {
        var victim = _playground.StartVictim();
        var mark = Path.Combine(_playground.Folder, "came back; $(id)");
        await InjectAsync("process-kill", "--pid", $"{victim.Pid}", "--recover-cmd", $"/bin/mkdir '{mark}'");
        Assert.False(Directory.Exists(mark));

        // mkdir fails when it is started a second time.
        await RecoverAsync();
        await RecoverAsync();
        Assert.True(Directory.Exists(mark));
    }

    [Fact]
    public async Task A_recovery_program_that_fails_is_residue()
    {
        var victim = _playground.StartVictim();
        await InjectAsync("process-kill", "--pid", $"{victim.Pid}", "--recover-cmd", "/bin/false");

        var answer = await _playground.RunAsync("recover", Uid);
        Assert.Equal(4, answer.Code);
        Assert.Contains("RESIDUE", answer.Out, StringComparison.Ordinal);
        Assert.Contains("ended with code 1", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_process_stands_still_and_runs_again_afterwards()
    {
        var (victim, neighbour) = (_playground.StartVictim(), _playground.StartVictim());

        await InjectAsync("process-stop", "--pid", $"{victim.Pid}");

        Assert.True(ProcessStat.Read(victim.Pid)!.Value.IsStopped);
        Assert.False(ProcessStat.Read(neighbour.Pid)!.Value.IsStopped);
        await RecoverAsync();
        Assert.False(ProcessStat.Read(victim.Pid)!.Value.IsStopped);
    }

    [Fact]
    public async Task A_target_that_ends_while_it_is_hit_leaves_nothing_to_recover()
    {
        var victim = _playground.StartVictim();
        await InjectAsync("process-stop", "--pid", $"{victim.Pid}");
        victim.Signal(Signals.Kill);
        await Wait.UntilAsync(() => !victim.IsAlive, "the victim has ended");

        await RecoverAsync();
    }

    [Fact]
    public async Task A_process_that_somebody_else_has_stopped_is_refused()
    {
        var victim = _playground.StartVictim();
        victim.Signal(Signals.Stop);
        await Wait.UntilAsync(() => ProcessStat.Read(victim.Pid)!.Value.IsStopped, "the victim is stopped");

        var answer = await _playground.RunAsync("inject", "process-stop", "--pid", $"{victim.Pid}", "--uid", Uid, "-t", "5s");
        Assert.Equal((5, "CRT5584"), (answer.Code, answer.Error[..7]));
    }

    private Task<Answer> InjectAsync(string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);

    private Task RecoverAsync() => _playground.CleanAsync(Uid);

    private static void Listen(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
    }

    private static long Resident(ProcessIdentity process) => long.Parse(File.ReadLines($"/proc/{process.Pid}/status")
        .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) * 1024;
}
