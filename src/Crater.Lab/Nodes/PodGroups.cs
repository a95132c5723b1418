using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab.Spawning;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Nodes;

/// <summary>
/// Control groups of the lab's pods, laid out as a kubelet with the driver cgroupfs does: <c>…/kubepods/podUID/CONTAINER</c> in each hierarchy, below a group of this lab's own.
/// With them a container has limits, can be frozen and is found by its pod's uid; and when its first process ends, so does everything that was started in it.
/// </summary>
internal sealed class PodGroups
{
    /// <summary>Hierarchies of version 1 that a container gets a group in; of version 2 there is one.</summary>
    private static readonly string[] Controllers = ["cpu", "memory", "freezer", "pids", "blkio"];

    /// <summary>Rounds of moving and of killing: a program that starts others meanwhile needs more than one.</summary>
    private const int RoundsMax = 50;

    private readonly IReadOnlyList<string> _tops;
    private readonly TimeProvider _clock;

    private PodGroups(IReadOnlyList<string> tops, TimeProvider clock) => (_tops, _clock) = (tops, clock);

    /// <exception cref="CraterException">CRT6510: this user may not make control groups here.</exception>
    public static PodGroups Open(string lab, TimeProvider clock)
    {
        try
        {
            var roots = Roots();
            List<string> tops = [.. roots.Select(root => Path.Combine(root, $"crater-lab-{lab}", "kubepods"))];
            foreach (var top in tops)
            {
                Directory.CreateDirectory(top);
            }

            return new PodGroups(tops.Count > 0 ? tops : throw new IOException("no hierarchy of control groups is mounted below /sys/fs/cgroup"), clock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT6510", $"The lab cannot make control groups for its pods here: {e.Message} Start it as root where /sys/fs/cgroup can be written, or without --cgroups.", e);
        }
    }

    /// <summary>An id as runtimes give them.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Makes a container's groups, with its limits, and puts the process and what it has started meanwhile into them.</summary>
    public void Enter(string pod, string id, JsonObject spec, ProcessId process)
    {
        foreach (var top in _tops)
        {
            var group = Directory.CreateDirectory(Path.Combine(top, $"pod{pod}", id)).FullName;
            Limit(group, spec);
            Move(group, process);
        }
    }

    /// <summary>Ends everything in a container's groups and removes them.</summary>
    public async Task EndAsync(string pod, string id)
    {
        foreach (var group in _tops.Select(top => Path.Combine(top, $"pod{pod}", id)))
        {
            for (var round = 0; round < RoundsMax && Directory.Exists(group) && !TryRemove(group); round++)
            {
                Thaw(group);
                foreach (var member in Members(group))
                {
                    (ProcessId.Of(member) ?? default).Signal(Native.SigKill);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(5 * (round + 1)), _clock, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes the groups of a pod whose containers have ended.</summary>
    public void Forget(string pod)
    {
        foreach (var top in _tops)
        {
            TryRemove(Path.Combine(top, $"pod{pod}"));
        }
    }

    /// <summary>Removes this lab's own groups.</summary>
    public void Close()
    {
        foreach (var top in _tops)
        {
            TryRemove(top);
            TryRemove(Path.GetDirectoryName(top)!);
        }
    }

    private static List<string> Roots()
    {
        const string Unified = "/sys/fs/cgroup";
        return File.Exists($"{Unified}/cgroup.controllers") ? [Unified] : [.. Controllers.Select(controller => $"{Unified}/{controller}").Where(Directory.Exists)];
    }

    private static void Move(string group, ProcessId process)
    {
        for (var round = 0; round < RoundsMax; round++)
        {
            var members = Members(group).ToHashSet();
            var outside = ProcessTree.Of(process).Where(one => !members.Contains(one.Pid)).ToList();
            if (outside.Count == 0)
            {
                return;
            }

            foreach (var one in outside)
            {
                Write(group, "cgroup.procs", one.Pid.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    private static void Limit(string group, JsonObject spec)
    {
        if (Quantity.TryParse(spec.Text("resources", "limits", "memory"), out var memory) && memory > 0)
        {
            Write(group, File.Exists(Path.Combine(group, "memory.max")) ? "memory.max" : "memory.limit_in_bytes", ((long)memory).ToString(CultureInfo.InvariantCulture));
        }

        const int Period = 100_000;     // microseconds, the kernel's default
        if (Quantity.TryParse(spec.Text("resources", "limits", "cpu"), out var cores) && cores > 0)
        {
            var quota = (long)(cores * Period);
            Write(group, File.Exists(Path.Combine(group, "cpu.max")) ? "cpu.max" : "cpu.cfs_quota_us", File.Exists(Path.Combine(group, "cpu.max")) ? $"{quota} {Period}" : $"{quota}");
        }
    }

    // What stands still dies only when it goes on.
    private static void Thaw(string group)
    {
        Write(group, "freezer.state", "THAWED");
        Write(group, "cgroup.freeze", "0");
    }

    private static IEnumerable<int> Members(string group)
    {
        try
        {
            return [.. File.ReadAllLines(Path.Combine(group, "cgroup.procs")).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(pid => pid > 0)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static void Write(string group, string file, string value)
    {
        try
        {
            var path = Path.Combine(group, file);
            if (File.Exists(path))
            {
                File.WriteAllText(path, value);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that has ended meanwhile, or a controller that this hierarchy has switched off.
        }
    }

    private static bool TryRemove(string group)
    {
        try
        {
            foreach (var below in Directory.Exists(group) ? Directory.GetDirectories(group) : [])
            {
                TryRemove(below);
            }

            // Not recursively: a control group's files cannot be removed, the group can, when it is empty.
            Directory.Delete(group);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists(group);
        }
    }
}
