using System.Diagnostics;
using System.Globalization;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What the faults of load, disks and limits do, told by the process that they hit, and that its neighbour is left alone.</summary>
public sealed class ResourceFaultTests : IDisposable
{
    private const string Uid = "resource-1";
    private const int TooManyFiles = 24;
    private const int TryAgain = 11;

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task Load_rises_by_what_was_asked_and_no_processor_is_used()
    {
        await InjectAsync("cpu-load", "--count", "60");
        var keeper = _playground.Record(Uid).Keeper!.Value;
        Assert.SkipUnless(_playground.Record(Uid).Mechanism.Contains("userfaultfd", StringComparison.Ordinal), "this kernel or user has no userfaultfd, so the load is made otherwise");

        Assert.Equal(60, NamedThreads.Count(keeper.Pid, "crater-load", 'D'));
        var (load, ticks) = (Load(), ProcessStat.Read(keeper.Pid)!.Value.CpuTicks);

        // After a second tenth of the mean's minute a tenth of the sixty shows.
        await Wait.UntilAsync(() => Load() > load + 3, "the load average rises");
        Assert.InRange(ProcessStat.Read(keeper.Pid)!.Value.CpuTicks - ticks, 0, 100);
        await RecoverAsync();
    }

    [Theory]
    [InlineData("read", "read_bytes")]
    [InlineData("write", "write_bytes")]
    public async Task A_disk_is_kept_busy_through_a_file_that_has_no_name(string mode, string counter)
    {
        await InjectAsync("disk-burn", "--mode", mode, "--size", "8MiB", "--dir", _playground.Field);
        var keeper = _playground.Record(Uid).Keeper!.Value;
        var before = Bytes(keeper, counter);

        await Wait.UntilAsync(() => Bytes(keeper, counter) > before + (32 << 20), $"four times the file's size goes over the disk, which is {counter} of {keeper}");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_playground.Field));
        await RecoverAsync();
    }

    [Fact]
    public async Task A_process_can_open_no_more_files_and_its_neighbour_can()
    {
        var (victim, neighbour) = (await Witness.StartAsync(_playground), await Witness.StartAsync(_playground));
        Assert.Equal(0, victim.Opens);

        await InjectAsync("fd-exhaust", "--pid", $"{victim.Process.Pid}");

        await Task.WhenAll(victim.GoesRoundAsync(), neighbour.GoesRoundAsync());
        Assert.Equal((TooManyFiles, 0), (victim.Opens, neighbour.Opens));
        await RecoverAsync();
        await victim.GoesRoundAsync();
        Assert.Equal(0, victim.Opens);
    }

    [Fact]
    public async Task Files_that_are_left_may_still_be_opened()
    {
        var victim = await Witness.StartAsync(_playground);

        await InjectAsync("fd-exhaust", "--pid", $"{victim.Process.Pid}", "--left", "1");

        await victim.GoesRoundAsync();
        Assert.Equal(0, victim.Opens);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_process_can_start_no_other_and_its_neighbour_can()
    {
        RefuseWithout("pids");
        var (victim, neighbour) = (await Witness.StartAsync(_playground), await Witness.StartAsync(_playground));
        var group = Group(victim.Process, "pids");

        await InjectAsync("nproc-exhaust", "--pid", $"{victim.Process.Pid}");

        await Task.WhenAll(victim.GoesRoundAsync(), neighbour.GoesRoundAsync());
        Assert.Equal((TryAgain, 0), (victim.Forks, neighbour.Forks));
        await RecoverAsync();
        await victim.GoesRoundAsync();
        Assert.Equal((0, group), (victim.Forks, Group(victim.Process, "pids")));
    }

    [Fact]
    public async Task A_disk_is_read_no_faster_than_the_rate_and_as_fast_as_before_afterwards()
    {
        RefuseWithout("blkio");
        using var disk = await LoopDisk.MountAsync(_playground);
        var victim = await Witness.StartAsync(_playground, disk.File);

        await InjectAsync("disk-throttle", "--pid", $"{victim.Process.Pid}", "--device", disk.Folder, "--read-bytes", "2MiB");

        var (before, watch) = (victim.BytesRead, Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        var rate = (victim.BytesRead - before) / watch.Elapsed.TotalSeconds;
        Assert.InRange(rate, 0.5 * (2 << 20), 1.2 * (2 << 20));
        await RecoverAsync();
        before = victim.BytesRead;
        await Wait.UntilAsync(() => victim.BytesRead > before + (16 << 20), "the victim reads again");
    }

    [Fact]
    public async Task A_disk_that_hangs_answers_nobody_in_it_and_goes_on_where_it_stopped()
    {
        RefuseWithout("blkio");
        using var disk = await LoopDisk.MountAsync(_playground);
        var (victim, neighbour) = (await Witness.StartAsync(_playground, disk.File), await Witness.StartAsync(_playground, disk.File));

        await InjectAsync("disk-hang", "--pid", $"{victim.Process.Pid}", "--device", disk.Device);

        await Wait.UntilAsync(() => ProcessStat.Read(victim.Process.Pid) is { State: 'D' }, "the victim waits for its disk");
        var before = victim.Rounds;
        await neighbour.GoesRoundAsync();
        Assert.Equal(before, victim.Rounds);
        await RecoverAsync();
        await victim.GoesRoundAsync();
    }

    [Fact]
    public async Task The_chosen_process_is_killed_for_want_of_memory_and_nobody_else_in_its_group()
    {
        RefuseWithout("memory");
        using var group = new MemoryLimit(96);
        var (victim, neighbour) = (_playground.StartVictim(), await Witness.StartAsync(_playground));
        group.Take(victim);
        group.Take(neighbour.Process);

        await InjectAsync("memory-oom", "--pid", $"{victim.Pid}");

        Assert.False(victim.IsAlive);
        await neighbour.GoesRoundAsync();
        // The neighbour starts a child each time it goes round.
        Assert.Equal([$"{neighbour.Process.Pid}"], group.Members.Where(pid => ProcessStat.Read(int.Parse(pid, CultureInfo.InvariantCulture)) is { } stat && stat.Parent != neighbour.Process.Pid));
        await RecoverAsync();
    }

    [Fact]
    public async Task Nobody_is_killed_for_want_of_memory_where_nothing_limits_it()
    {
        RefuseWithout("memory");
        using var group = new MemoryLimit(null);
        var victim = _playground.StartVictim();
        group.Take(victim);

        var answer = await _playground.RunAsync("inject", "memory-oom", "--pid", $"{victim.Pid}", "--uid", Uid, "-t", "5s");

        Assert.Equal((5, "CRT5737"), (answer.Code, answer.Error[..7]));
        Assert.True(victim.IsAlive);
        Assert.Null(_playground.State.Find(Uid));
    }

    [Fact]
    public async Task A_neighbour_that_would_be_killed_as_soon_keeps_everybody_from_being_killed()
    {
        RefuseWithout("memory");
        using var group = new MemoryLimit(96);
        var (victim, rival) = (_playground.StartVictim(), _playground.StartVictim());
        group.Take(victim);
        group.Take(rival);
        await File.WriteAllTextAsync($"/proc/{rival.Pid}/oom_score_adj", "1000", TestContext.Current.CancellationToken);

        var answer = await _playground.RunAsync("inject", "memory-oom", "--pid", $"{victim.Pid}", "--uid", Uid, "-t", "5s");

        Assert.Equal((5, "CRT5737"), (answer.Code, answer.Error[..7]));
        Assert.Contains($"process {rival.Pid} ", answer.Error, StringComparison.Ordinal);
        Assert.True(victim.IsAlive && rival.IsAlive);
    }

    [Fact]
    public async Task A_program_lives_in_another_time_and_ends_with_the_fault()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/proc/self/ns/time") && File.Exists("/usr/bin/unshare"), "root, time namespaces or unshare are missing");
        var neighbour = await Witness.StartAsync(_playground);
        var (program, skewed) = await Witness.PlanAsync(_playground);

        await InjectAsync("time-skew", "--program", program, "--offset", "1h");

        await skewed.GoesRoundAsync();
        Assert.InRange(skewed.Monotonic - neighbour.Monotonic, 3_590, 3_610);
        Assert.InRange(skewed.Time - neighbour.Time, -10, 10);
        await RecoverAsync();
        Assert.DoesNotContain(ProcessStat.All(), stat => ProcessStat.CommandLine(stat.Pid).Contains(program, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_runs_already_keeps_its_time_and_the_refusal_says_what_works()
    {
        var victim = _playground.StartVictim();

        var answer = await _playground.RunAsync("inject", "time-skew", "--pid", $"{victim.Pid}", "--program", "/bin/true " + _playground.Folder, "--offset", "1h", "--uid", Uid, "-t", "5s");

        Assert.Equal((5, "CRT5743"), (answer.Code, answer.Error[..7]));
        Assert.Contains("--program", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_limits_on_one_process_are_refused_with_the_name_of_the_first()
    {
        var victim = await Witness.StartAsync(_playground);
        await InjectAsync("fd-exhaust", "--pid", $"{victim.Process.Pid}", "--left", "5");

        var second = await _playground.RunAsync("inject", "fd-exhaust", "--pid", $"{victim.Process.Pid}", "--uid", "resource-2", "-t", "5s");

        Assert.Equal((7, "CRT5528"), (second.Code, second.Error[..7]));
        Assert.Contains(Uid, second.Error, StringComparison.Ordinal);
        await RecoverAsync();
    }

    internal static void RefuseWithout(string controller) => Assert.SkipUnless(System.Environment.IsPrivilegedProcess && Directory.Exists($"/sys/fs/cgroup/{controller}"),
        $"root or the control groups of {controller} (version 1) are missing; those of version 2 are tested in a virtual machine");

    /// <summary>The control group that a process is in.</summary>
    internal static string Group(ProcessIdentity process, string controller) => File.ReadLines($"/proc/{process.Pid}/cgroup").Single(line => line.Contains($":{controller}:", StringComparison.Ordinal));

    private Task<Answer> InjectAsync(string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);

    private Task RecoverAsync() => _playground.CleanAsync(Uid);

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static long Bytes(ProcessIdentity process, string counter) =>
        long.Parse(File.ReadLines($"/proc/{process.Pid}/io").First(line => line.StartsWith(counter + ":", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
}
