using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>What one control group says about memory, in bytes; both versions.</summary>
internal sealed record MemoryGroup(string Folder, bool IsUnified)
{
    /// <summary>The most that it may have; null where it has no limit of its own.</summary>
    public long? Limit => Number(IsUnified ? "memory.max" : "memory.limit_in_bytes") is { } limit && limit < MemoryState.OfHost().Total ? limit : null;

    /// <summary>Above this the kernel slows down whoever takes more, for longer the more it is (version 2); null where it does not.</summary>
    public long? Slowing => IsUnified && Number("memory.high") is { } high && high < MemoryState.OfHost().Total ? high : null;

    /// <summary>The most that is had without being slowed down; null where there is no limit at all.</summary>
    public long? Comfortable => Slowing < (Limit ?? long.MaxValue) ? Slowing : Limit;

    /// <summary>What is used and cannot be had by dropping page cache.</summary>
    public long Held => Math.Max(0, Used - Word("memory.stat", IsUnified ? "inactive_file" : "total_inactive_file"));

    public long Used => Number(IsUnified ? "memory.current" : "memory.usage_in_bytes") ?? 0;

    /// <summary>How often the kernel has killed somebody in it for want of memory.</summary>
    public long Kills => Word(KillFile, "oom_kill");

    /// <summary>The file that says so.</summary>
    public string KillFile => IsUnified ? "memory.events" : "memory.oom_control";

    /// <summary>Whoever needs more waits instead of being killed (version 1).</summary>
    public bool IsKillingOff => !IsUnified && Word("memory.oom_control", "oom_kill_disable") == 1;

    /// <summary>When one is killed, all of it is (version 2).</summary>
    public bool IsKilledWhole => IsUnified && Number("memory.oom.group") == 1;

    /// <summary>Everybody in it and in the groups below it.</summary>
    public IEnumerable<int> Members => Directory.EnumerateFiles(Folder, "cgroup.procs", SearchOption.AllDirectories)
        .SelectMany(File.ReadLines).Select(line => int.Parse(line, CultureInfo.InvariantCulture));

    /// <summary>This one and those around it, from the inside out, as far as they can be seen.</summary>
    /// <param name="top">The uppermost.</param>
    public IEnumerable<MemoryGroup> Around(string top)
    {
        for (var folder = Folder; folder.Length > top.Length; folder = Path.GetDirectoryName(folder)!)
        {
            yield return this with { Folder = folder };
        }
    }

    private long? Number(string file) =>
        File.Exists($"{Folder}/{file}") && long.TryParse(File.ReadAllText($"{Folder}/{file}"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    private long Word(string file, string name) => File.ReadLines($"{Folder}/{file}").Select(line => line.Split(' '))
        .Where(words => words[0] == name).Select(words => long.Parse(words[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}
