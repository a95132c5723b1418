using System.Diagnostics;
using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Faults of load, disks and limits on all of a container: told by a process in its control groups, by the groups themselves, and by a neighbour that has none of it.</summary>
public sealed class WholePlaceTests : IDisposable
{
    private const string Uid = "whole-1";
    private const int TooManyFiles = 24;
    private const int TryAgain = 11;

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task Load_in_a_container_is_counted_among_its_tasks_and_uses_no_processor()
    {
        var container = await StartAsync("pids");
        var load = Load();
        await Wait.UntilAsync(() => Number(container, "pids", "pids.current") == 1, "the runtime has left");

        await InjectAsync(container, "cpu-load", "--count", "60");
        Assert.SkipUnless(_playground.Record(Uid).Mechanism.Contains("userfaultfd", StringComparison.Ordinal), "this kernel or user has no userfaultfd, so the load is made otherwise");

        Assert.InRange(Number(container, "pids", "pids.current"), 61, 100);
        Assert.Equal(60, NamedThreads.Count(Bearer().Pid, Waiters.ThreadName, 'D'));
        var ticks = ProcessStat.Read(Bearer().Pid)!.Value.CpuTicks;
        await Wait.UntilAsync(() => Load() > load + 3, "the load average rises");
        Assert.InRange(ProcessStat.Read(Bearer().Pid)!.Value.CpuTicks - ticks, 0, 100);
        await RecoverAsync();
        Assert.Equal([container.Process.Pid], Cgroups.Members(container.Group("pids")));
    }

    [Fact]
    public async Task Load_beyond_what_a_container_may_have_is_refused_and_leaves_nothing()
    {
        var container = await StartAsync("pids");
        File.WriteAllText(Path.Combine(container.Group("pids"), "pids.max"), "50");

        var answer = await _playground.RunAsync("inject", "cpu-load", "--count", "100", "--container", container.Id, "--uid", Uid, "-t", "60s");

        Assert.Equal((3, "CRT5730"), (answer.Code, answer.Error[..7]));
        Assert.Equal([container.Process.Pid], Cgroups.Members(container.Group("pids")));
        Assert.True(container.Process.IsAlive);
    }

    [Theory]
    [InlineData("read", "Read")]
    [InlineData("write", "Write")]
    public async Task A_disk_is_kept_busy_in_a_folder_of_the_container_and_under_its_limits(string mode, string counter)
    {
        var disk = await MountAsync();
        var container = await _playground.StartContainerAsync(disk: disk.Folder);
        ResourceFaultTests.RefuseWithout("blkio");
        var numbers = BlockDevice.Numbers(disk.Device);
        File.WriteAllText(Path.Combine(container.Group("blkio"), $"blkio.throttle.{mode}_bps_device"), $"{numbers} {4 << 20}");

        await InjectAsync(container, "disk-burn", "--mode", mode, "--size", "1MiB", "--block", "64KiB", "--dir", "/data");

        var (before, watch) = (Served(container, numbers, counter), Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.InRange((Served(container, numbers, counter) - before) / watch.Elapsed.TotalSeconds, 0.5 * (4 << 20), 1.2 * (4 << 20));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(container.Root, "data")));
        await RecoverAsync();
        Assert.Equal([container.Process.Pid], Cgroups.Members(container.Group("blkio")));
    }

    [Fact]
    public async Task Everything_in_a_container_reads_no_faster_than_the_rate_and_its_neighbour_does()
    {
        ResourceFaultTests.RefuseWithout("blkio");
        var disk = await MountAsync();
        var (container, other) = (await StartAsync("blkio"), await StartAsync("blkio"));
        var (victim, neighbour) = (await Witness.StartAsync(_playground, disk.File), await Witness.StartAsync(_playground, disk.File));
        container.Take(victim.Process);
        other.Take(neighbour.Process);

        await InjectAsync(container, "disk-throttle", "--device", disk.Folder, "--read-bytes", "2MiB");

        var (before, beside, watch) = (victim.BytesRead, neighbour.BytesRead, Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.InRange((victim.BytesRead - before) / watch.Elapsed.TotalSeconds, 0.5 * (2 << 20), 1.2 * (2 << 20));
        Assert.True((neighbour.BytesRead - beside) / watch.Elapsed.TotalSeconds > 4 * (2 << 20));
        await RecoverAsync();
        Assert.Equal("", File.ReadAllText(Path.Combine(container.Group("blkio"), "blkio.throttle.read_bps_device")));
        before = victim.BytesRead;
        await Wait.UntilAsync(() => victim.BytesRead > before + (16 << 20), "the victim reads again");
    }

    [Fact]
    public async Task A_limit_that_the_container_had_already_is_never_raised_and_comes_back()
    {
        var disk = await MountAsync();
        var container = await StartAsync("blkio");
        var limits = Path.Combine(container.Group("blkio"), "blkio.throttle.read_bps_device");
        var line = $"{BlockDevice.Numbers(disk.Device)} 1048576";
        File.WriteAllText(limits, line);

        var higher = await _playground.RunAsync("inject", "disk-throttle", "--device", disk.Folder, "--read-bytes", "2MiB", "--container", container.Id, "-t", "60s");
        Assert.Equal((5, "CRT5732"), (higher.Code, higher.Error[..7]));
        await InjectAsync(container, "disk-throttle", "--device", disk.Folder, "--read-bytes", "512KiB", "--write-io", "100");

        Assert.Equal(line.Replace("1048576", "524288", StringComparison.Ordinal), File.ReadAllText(limits).Trim());
        var second = await _playground.RunAsync("inject", "disk-hang", "--device", disk.Folder, "--container", container.Id, "-t", "60s");
        Assert.Equal((7, "CRT5528"), (second.Code, second.Error[..7]));
        Assert.Contains(Uid, second.Error, StringComparison.Ordinal);
        await RecoverAsync();
        Assert.Equal(line, File.ReadAllText(limits).Trim());
    }

    [Fact]
    public async Task A_disk_hangs_for_everything_in_a_container_and_for_nobody_else()
    {
        ResourceFaultTests.RefuseWithout("blkio");
        var disk = await MountAsync();
        var container = await StartAsync("blkio");
        var (victim, neighbour) = (await Witness.StartAsync(_playground, disk.File), await Witness.StartAsync(_playground, disk.File));
        container.Take(victim.Process);

        await InjectAsync(container, "disk-hang", "--device", disk.Device);

        await Wait.UntilAsync(() => ProcessStat.Read(victim.Process.Pid) is { State: 'D' }, "the victim waits for its disk");
        var before = victim.Rounds;
        await neighbour.GoesRoundAsync();
        Assert.Equal(before, victim.Rounds);
        await RecoverAsync();
        await victim.GoesRoundAsync();
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("podman")]
    public async Task Nobody_in_a_container_starts_another_process_and_its_neighbour_does(string runtime)
    {
        var (container, other) = (await StartAsync("pids", runtime), await StartAsync("pids"));
        var (victim, neighbour) = (await Witness.StartAsync(_playground), await Witness.StartAsync(_playground));
        container.Take(victim.Process);
        other.Take(neighbour.Process);
        var before = Text(container, "pids", "pids.max");

        await InjectAsync(container, "nproc-exhaust");

        await Task.WhenAll(victim.GoesRoundAsync(), neighbour.GoesRoundAsync());
        Assert.Equal((TryAgain, 0), (victim.Forks, neighbour.Forks));
        await RecoverAsync();
        await victim.GoesRoundAsync();
        Assert.Equal((0, before), (victim.Forks, Text(container, "pids", "pids.max")));
    }

    [Fact]
    public async Task Tasks_that_are_left_to_a_container_are_counted_to_what_it_has_and_never_raise_its_limit()
    {
        var container = await StartAsync("pids");
        await container.StartInsideAsync("551");
        File.WriteAllText(Path.Combine(container.Group("pids"), "pids.max"), "10");

        var more = await _playground.RunAsync("inject", "nproc-exhaust", "--left", "8", "--container", container.Id, "-t", "60s");
        Assert.Equal((5, "CRT5732"), (more.Code, more.Error[..7]));
        await InjectAsync(container, "nproc-exhaust", "--left", "3");

        Assert.Equal("5", Text(container, "pids", "pids.max"));
        await RecoverAsync();
        Assert.Equal("10", Text(container, "pids", "pids.max"));
    }

    [Fact]
    public async Task Nobody_in_a_container_opens_another_file_and_its_neighbour_does()
    {
        var (container, other) = (await StartAsync("pids"), await StartAsync("pids"));
        var (victim, neighbour) = (await Witness.StartAsync(_playground), await Witness.StartAsync(_playground));
        container.Take(victim.Process);
        other.Take(neighbour.Process);
        var (before, beside) = (Files(container.Process), Files(other.Process));

        await InjectAsync(container, "fd-exhaust");

        await Task.WhenAll(victim.GoesRoundAsync(), neighbour.GoesRoundAsync());
        Assert.Equal((TooManyFiles, 0), (victim.Opens, neighbour.Opens));
        Assert.NotEqual(before, Files(container.Process));
        Assert.Equal(beside, Files(other.Process));
        await RecoverAsync();
        await victim.GoesRoundAsync();
        Assert.Equal((0, before), (victim.Opens, Files(container.Process)));
    }

    [Fact]
    public async Task The_first_process_of_a_container_is_killed_for_want_of_memory_within_its_limit()
    {
        var (container, other) = (await StartAsync("memory"), await StartAsync("memory"));

        await InjectAsync(container, "memory-oom");

        Assert.False(container.Process.IsAlive);
        Assert.True(other.Process.IsAlive);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_process_is_killed_for_want_of_memory_by_the_number_that_it_has_in_the_container()
    {
        var container = await StartAsync("memory");
        var inside = await container.StartInsideAsync("552");

        await InjectAsync(container, "memory-oom", "--pid", $"{PlaceSearch.NumberInside(inside.Pid)}");

        Assert.False(inside.IsAlive);
        Assert.True(container.Process.IsAlive);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_program_in_another_time_is_not_started_in_a_container_and_the_refusal_says_why()
    {
        var container = await _playground.StartContainerAsync();

        var answer = await _playground.RunAsync("inject", "time-skew", "--program", $"/bin/sleep {_playground.Folder}", "--offset", "1h", "--container", container.Id, "-t", "60s");

        Assert.Equal((1, "CRT5512"), (answer.Code, answer.Error[..7]));
        Assert.Contains("seccomp", answer.Error, StringComparison.Ordinal);
    }

    private async Task<TestContainer> StartAsync(string controller, string runtime = "runc")
    {
        ResourceFaultTests.RefuseWithout(controller);
        return await _playground.StartContainerAsync(runtime);
    }

    // It goes after the containers, which may lie on it.
    private async Task<LoopDisk> MountAsync()
    {
        var disk = await LoopDisk.MountAsync(_playground);
        _playground.Keep(disk);
        return disk;
    }

    private Task<Answer> InjectAsync(TestContainer container, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--container", container.Id, "--uid", Uid, "-t", "60s", .. arguments]);

    private Task RecoverAsync() => _playground.CleanAsync(Uid);

    private ProcessIdentity Bearer() =>
        Assert.Single(_playground.OwnCraterds(), process => ProcessStat.CommandLine(process.Pid).Contains($"/craterd {Crater.Agent.Keeping.Bearer.Verb} ", StringComparison.Ordinal));

    private static string Text(TestContainer container, string controller, string file) => File.ReadAllText(Path.Combine(container.Group(controller), file)).Trim();

    private static long Number(TestContainer container, string controller, string file) => long.Parse(Text(container, controller, file), CultureInfo.InvariantCulture);

    private static string Files(ProcessIdentity process) => File.ReadLines($"/proc/{process.Pid}/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Bytes that a disk has read or written for a container, as its control group counts them.</summary>
    private static long Served(TestContainer container, string numbers, string counter) => File.ReadLines(Path.Combine(container.Group("blkio"), "blkio.throttle.io_service_bytes"))
        .Where(line => line.StartsWith($"{numbers} {counter} ", StringComparison.Ordinal)).Select(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)).FirstOrDefault();
}
