using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>
/// Control groups of both versions, as /proc tells them. A controller of version 1 has a hierarchy of its own; what has none is in the one hierarchy of version 2,
/// which has the empty name here. Paths are those that craterd sees, in the control group namespace of process 1 (<see cref="HostGroups"/>).
/// </summary>
internal static class Cgroups
{
    /// <summary>The hierarchy of version 2.</summary>
    public const string Unified = "";

    /// <summary>The path of a process in each hierarchy, by controller; empty when it is gone.</summary>
    public static IReadOnlyDictionary<string, string> PathsOf(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid}/cgroup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Parse("");
        }
    }

    /// <summary>Where the hierarchy of each controller is mounted, and which of its paths that shows.</summary>
    public static IReadOnlyDictionary<string, (string Point, string Root)> Mounts() => HostGroups.Mounts();

    /// <summary>The controllers of a text like <c>/proc/PID/cgroup</c>, each with its path.</summary>
    internal static IReadOnlyDictionary<string, string> Parse(string text)
    {
        Dictionary<string, string> paths = new(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(':', 3) is [_, var controllers, ['/', ..] path])
            {
                foreach (var controller in controllers.Split(','))
                {
                    paths[controller] = path;
                }
            }
        }

        return paths;
    }

    internal static IReadOnlyDictionary<string, (string Point, string Root)> ParseMounts(IEnumerable<string> lines)
    {
        Dictionary<string, (string, string)> mounts = new(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            // 36 35 98:0 ROOT POINT options [optional fields] - KIND SOURCE its-options: proc_pid_mountinfo(5).
            if (line.Split(" - ") is [var mount, var system] && mount.Split(' ') is [_, _, _, var root, var point, ..] && system.Split(' ') is [var kind, _, var options])
            {
                foreach (var controller in kind == "cgroup2" ? [Unified] : kind == "cgroup" ? options.Split(',').Where(IsController) : [])
                {
                    mounts.TryAdd(controller, (point, root));
                }
            }
        }

        return mounts;
    }

    // Beside its controllers, a hierarchy of version 1 shows how it was mounted.
    private static bool IsController(string option) => option is not ("rw" or "ro" or "xattr" or "noprefix" or "clone_children") && !option.StartsWith("release_agent=", StringComparison.Ordinal);

    /// <summary>The folder of a path in a hierarchy; null when it cannot be reached from here.</summary>
    public static string? Folder(IReadOnlyDictionary<string, (string Point, string Root)> mounts, string controller, string path)
    {
        if (!mounts.TryGetValue(controller, out var mount) || !IsBelow(path, mount.Root))
        {
            return null;
        }

        var folder = mount.Point + (mount.Root == "/" ? path : path[mount.Root.Length..]);
        return Directory.Exists(folder) ? folder.TrimEnd('/') : null;
    }

    /// <summary>Whether a path is that one or lies below it.</summary>
    public static bool IsBelow(string path, string top) =>
        top == "/" || (path.StartsWith(top, StringComparison.Ordinal) && (path.Length == top.Length || path[top.Length] == '/'));

    /// <summary>The pids in a control group and in all below it; none when it is gone.</summary>
    public static IReadOnlyList<int> Members(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "cgroup.procs", SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(line => int.Parse(line, System.Globalization.CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether a control group has processes of its own, beside those of the groups below it.</summary>
    public static bool HasOwn(string folder) => File.ReadLines($"{folder}/cgroup.procs").Any();

    /// <summary>Moves a process, with all its threads, into a control group.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Move(int pid, string folder) => Descriptor.Tell($"{folder}/cgroup.procs", pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
