using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Host;

namespace Crater.Agent.Calibration;

/// <summary>The measurements that any host can take of itself without harm: craterd's own threads, pages and files, and a process that craterd starts for it.</summary>
internal static class Trials
{
    private const long MiB = 1 << 20;

    public static IReadOnlyList<Trial> All { get; } =
    [
        .. new[] { 10, 50, 90 }.Select(percent => new Trial("cpu-burn", "one core, 3 s", bench => Burn(bench, percent))),
        new("cpu-load", "waiting threads", bench => bench.While("cpu-load", With(("count", "16")), keeper => new Reading(16, NamedThreads.Count(keeper.Pid, Waiters.ThreadName) ?? 0, "tasks"))),
        .. new[] { "ram", "cache" }.Select(mode => new Trial("memory-fill", mode, bench => Fill(bench, mode))),
        new("disk-fill", "", bench => bench.While("disk-fill", With(("bytes", "32MiB"), ("dir", bench.Folder)), keeper => new Reading(32, Held(keeper, bench.Folder) / (double)MiB, "MiB"))),
        new("disk-burn", "read", BurnDisk),
        new("disk-throttle", "read, 2 s", bench => ReadSlowly(bench, "disk-throttle", 4, ("read-bytes", "4MiB"))),
        new("disk-hang", "read", bench => ReadSlowly(bench, "disk-hang", 0)),
        new("process-stop", "", bench => OnVictim(bench, "process-stop", victim => new Reading(1, ProcessStat.Read(victim.Pid) is { IsStopped: true } ? 1 : 0, "stopped"))),
        new("process-kill", "", bench => OnVictim(bench, "process-kill", victim => new Reading(1, ProcessStat.Read(victim.Pid) is null or { HasEnded: true } ? 1 : 0, "ended"))),
        new("fd-exhaust", "", bench => OnVictim(bench, "fd-exhaust", victim => new Reading(0, victim.Do("open") ?? 0, "files"))),
        new("nproc-exhaust", "", bench => OnVictim(bench, "nproc-exhaust", victim => new Reading(0, victim.Do("start") ?? 0, "processes"))),
        new("network-delay", "median of 40", bench => InNetwork(bench, "network-delay", victim => new Reading(50, victim.Do("trip", "40") ?? 0, "ms"), ("latency", "50ms"))),
        new("network-loss", "100,000 packets", bench => InNetwork(bench, "network-loss", victim => new Reading(20, victim.Do("lost", "100000") ?? 0, "%"), ("percent", "20"))),
        .. FileTrials.All,
    ];

    public static Dictionary<string, string> With(params IEnumerable<(string Name, string Value)> arguments) => arguments.ToDictionary(argument => argument.Name, argument => argument.Value);

    private static Reading Burn(Bench bench, int percent) => bench.While("cpu-burn", With(("percent", $"{percent}"), ("count", "1")), keeper =>
    {
        var (began, before) = (TimeProvider.System.GetTimestamp(), CpuNanoseconds(keeper));
        Pass(3_000);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new Reading(percent, (CpuNanoseconds(keeper) - before) / seconds / 1e7, "%");
    });

    private static Reading Fill(Bench bench, string mode) => bench.While("memory-fill", With(("bytes", "64MiB"), ("mode", mode)), keeper =>
    {
        var resident = File.ReadLines($"/proc/{keeper.Pid}/smaps").SkipWhile(line => !line.StartsWith($"{MemoryFill.Address:x}-", StringComparison.Ordinal))
            .First(line => line.StartsWith("Rss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new Reading(64, long.Parse(resident, CultureInfo.InvariantCulture) / 1024.0, "MiB");
    });

    private static Reading BurnDisk(Bench bench) => bench.While("disk-burn", With(("size", "32MiB"), ("dir", bench.Folder)), keeper =>
    {
        var before = ReadBytes(keeper);
        Pass(1_000);
        return new Reading(double.NaN, (ReadBytes(keeper) - before) / (double)MiB, "MiB/s");
    });

    private static Reading ReadSlowly(Bench bench, string fault, double mebibytes, params IEnumerable<(string, string)> arguments)
    {
        var file = Path.Combine(bench.Folder, "to-read");
        using (var content = File.Create(file))
        {
            content.Write(new byte[16 * MiB]);
            content.Flush(flushToDisk: true);
        }

        // A read that hangs answers when the fault is over.
        return OnVictim(bench, fault, victim => new Reading(mebibytes, (victim.Do("read", file, patienceSeconds: 5) ?? 0) / MiB, "MiB/s"), arguments.Append(("device", bench.Folder)));
    }

    private static Reading OnVictim(Bench bench, string fault, Func<Victim, Reading> measure, params IEnumerable<(string, string)> arguments)
    {
        using var victim = Victim.Start();
        // Once before it counts: the first time takes a descriptor more.
        _ = victim.Do("open");
        return bench.While(fault, With(arguments.Append(("pid", $"{victim.Pid}"))), _ => measure(victim));
    }

    private static Reading InNetwork(Bench bench, string fault, Func<Victim, Reading> measure, params IEnumerable<(string, string)> arguments)
    {
        using var victim = Victim.Start();
        return victim.Do("network") == 1
            ? bench.While(fault, With(arguments), _ => measure(victim), victim.Pid)
            : throw new AgentException("CRT5741", ExitCodes.Host, "A network namespace of its own cannot be made, in which packets could be measured; it takes root.");
    }

    private static unsafe void Pass(int milliseconds) => _ = Libc.Poll(null, 0, milliseconds);

    private static long CpuNanoseconds(ProcessIdentity process) => Directory.EnumerateDirectories($"/proc/{process.Pid}/task")
        .Sum(thread => long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture));

    private static long ReadBytes(ProcessIdentity process) =>
        long.Parse(File.ReadLines($"/proc/{process.Pid}/io").First(line => line.StartsWith("read_bytes:", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    private static long Held(ProcessIdentity process, string folder)
    {
        var link = Directory.EnumerateFileSystemEntries($"/proc/{process.Pid}/fd").First(link => new FileInfo(link).LinkTarget?.StartsWith(folder + "/", StringComparison.Ordinal) == true);
        using var file = File.OpenRead(link);
        return file.Length;
    }
}
