using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// A cgroup that is made for one injection, with a limit in it, into which the target's processes are moved: so that the limit hits them and nobody else. Afterwards each goes back to the
/// cgroup that it came from, what they have started meanwhile goes with its parent, and the cgroup is removed.
/// </summary>
internal static class OwnCgroup
{
    private const string ProcessList = "cgroup.procs";

    /// <summary>Finds out where it would be, and remembers where everybody comes from. Changes nothing.</summary>
    /// <returns>Claims: of the processes in this hierarchy, and of the controller where it has to be switched on.</returns>
    /// <exception cref="AgentException">CRT5733: it cannot be made.</exception>
    public static IReadOnlyList<string> Capture(CgroupHierarchy hierarchy, string uid, IReadOnlyList<ProcessIdentity> processes, Dictionary<string, string> undo)
    {
        var homes = processes.Select(process => hierarchy.FolderOf(process.Pid) ?? throw NotPossible($"the cgroup of process {process.Pid} cannot be seen from here")).ToList();
        if (homes.Any(home => home.Contains("/crater-", StringComparison.Ordinal)))
        {
            throw NotPossible("a process is in the cgroup of another injection already; recover that one first ('craterd query' lists them)");
        }

        var parent = Parent(hierarchy, homes[0]);
        ProcessPick.Capture(processes, undo);
        undo["homes"] = string.Join('\n', homes);
        // With the keeper's pid, since two state folders may know the same uid.
        undo["cgroup"] = string.Create(CultureInfo.InvariantCulture, $"{parent}/crater-{uid}-{Libc.GetPid()}");
        undo["controller"] = hierarchy.IsOnBelow(parent) ? "" : hierarchy.Controller;
        // Whoever switched the controller on switches it off again, and must not do so under somebody else.
        return [.. processes.Select(process => $"cgroup:{hierarchy.Controller}:{process}"), .. hierarchy.IsUnified ? [$"cgroup-controller:{hierarchy.Controller}:{parent}"] : Array.Empty<string>()];
    }

    /// <summary>Makes it, writes the limits and moves the processes in.</summary>
    /// <param name="undo">As captured.</param>
    /// <param name="limits">File and value each.</param>
    /// <exception cref="AgentException">CRT5583: all processes are gone.</exception>
    public static void Enter(UndoData undo, IEnumerable<(string File, string Value)> limits)
    {
        var folder = undo["cgroup"];
        if (undo["controller"].Length > 0)
        {
            CgroupHierarchy.Write(Path.GetDirectoryName(folder)!, "cgroup.subtree_control", "+" + undo["controller"]);
        }

        if (Libc.MakeFolder(folder, 0x1ED /* 0755 */) != 0)
        {
            throw new HostException($"The cgroup {folder} could not be made", Errno.Last);
        }

        foreach (var (file, value) in limits)
        {
            CgroupHierarchy.Write(folder, file, value);
        }

        var moved = ProcessPick.Captured(undo).Count(process => process.IsAlive && Move(process.Pid, folder));
        if (moved == 0)
        {
            throw new AgentException("CRT5583", ExitCodes.NotInjected, "Every process that was picked had ended before it could be hit.");
        }
    }

    public static Presence Look(UndoData undo) => Directory.Exists(undo["cgroup"]) ? Presence.Present : Presence.Absent;

    /// <param name="undo">As captured.</param>
    /// <param name="lifted">What the limits are set to first, so that what waits in them is let go.</param>
    public static void Leave(UndoData undo, IEnumerable<(string File, string Value)> lifted)
    {
        var folder = undo["cgroup"];
        if (Directory.Exists(folder))
        {
            foreach (var (file, value) in lifted)
            {
                CgroupHierarchy.Write(folder, file, value);
            }

            foreach (var pid in File.ReadAllLines($"{folder}/{ProcessList}").Select(line => int.Parse(line, CultureInfo.InvariantCulture)))
            {
                Move(pid, Home(pid, undo));
            }

            // Somebody may have been born in between: then it is busy, and recovery comes again.
            Directory.Delete(folder);
        }

        var parent = Path.GetDirectoryName(folder)!;
        if (undo["controller"].Length > 0 && IsOn(undo["controller"], parent))
        {
            CgroupHierarchy.Write(parent, "cgroup.subtree_control", "-" + undo["controller"]);
        }
    }

    public static string Fingerprint(UndoData undo)
    {
        var folder = undo["cgroup"];
        var inside = Directory.Exists(folder) ? File.ReadAllLines($"{folder}/{ProcessList}").Length : 0;
        var controller = undo["controller"].Length == 0 ? "" : $" {undo["controller"]}={(IsOn(undo["controller"], Path.GetDirectoryName(folder)!) ? "on" : "off")}";
        return $"cgroup={(Directory.Exists(folder) ? "there" : "absent")} inside={inside}{controller}";
    }

    public static string LookWith(UndoData undo) => $"ls {undo["cgroup"]}; cat {undo["cgroup"]}/{ProcessList}";

    // Version 1: inside the cgroup that the target is in, whose limits then still hold. Version 2 allows that only where no processes are, so it is the nearest one above.
    private static string Parent(CgroupHierarchy hierarchy, string home)
    {
        if (!hierarchy.IsUnified)
        {
            return home;
        }

        for (var folder = home; folder.Length > hierarchy.Top.Length;)
        {
            folder = Path.GetDirectoryName(folder)!;
            if (hierarchy.IsOnBelow(folder))
            {
                return folder;
            }
        }

        return hierarchy.Top;
    }

    // Its own, its parent's, or the first one's; a home that was removed meanwhile has its parent's place taken.
    private static string Home(int pid, UndoData undo)
    {
        var known = ProcessPick.Captured(undo).Zip(undo["homes"].Split('\n')).ToDictionary(pair => pair.First.Pid, pair => pair.Second);
        var home = undo["homes"].Split('\n')[0];
        for (var at = pid; at > 1; at = ProcessStat.Read(at)?.Parent ?? 0)
        {
            if (known.TryGetValue(at, out var found))
            {
                home = found;
                break;
            }
        }

        return Directory.Exists(home) ? home : Path.GetDirectoryName(undo["cgroup"])!;
    }

    /// <returns>False when the process is gone.</returns>
    private static bool Move(int pid, string folder)
    {
        try
        {
            Cgroups.Move(pid, folder);
            return true;
        }
        catch (HostException e) when (e.Error == Errno.NoProcess)
        {
            return false;
        }
    }

    private static bool IsOn(string controller, string folder) => new CgroupHierarchy(controller, folder, IsUnified: true).IsOnBelow(folder);

    private static AgentException NotPossible(string why) => new("CRT5733", ExitCodes.Host, $"No cgroup can be made for the processes: {why}.");
}
