namespace Crater.Agent.Host;

/// <summary>The tree of cgroups in which one controller works: its own one (version 1), or the one of all (version 2).</summary>
/// <param name="Controller">By the name that its version has for it: <c>blkio</c> of version 1 is <c>io</c> in version 2.</param>
/// <param name="Mount">Where it is mounted.</param>
/// <param name="Root">Which of its cgroups is mounted there; <c>/</c> but in some containers.</param>
internal sealed record CgroupHierarchy(string Controller, string Mount, string Root, bool IsUnified)
{
    /// <summary>Null when no mounted hierarchy has the controller.</summary>
    /// <param name="legacyName">Its name in version 1.</param>
    /// <param name="unifiedName">Its name in version 2.</param>
    public static CgroupHierarchy? Of(string legacyName, string unifiedName)
    {
        CgroupHierarchy? unified = null;
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /mount/point rw,noatime - cgroup cgroup rw,blkio
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (fields[dash + 1] == "cgroup" && fields[^1].Split(',').Contains(legacyName))
            {
                return new CgroupHierarchy(legacyName, fields[4], fields[3], IsUnified: false);
            }

            if (fields[dash + 1] == "cgroup2" && File.ReadAllText($"{fields[4]}/cgroup.controllers").Split().Contains(unifiedName))
            {
                unified = new CgroupHierarchy(unifiedName, fields[4], fields[3], IsUnified: true);
            }
        }

        return unified;
    }

    /// <summary>The folder of the cgroup that a process is in; null when the process is gone or its cgroup cannot be seen from here.</summary>
    public string? FolderOf(int pid)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{pid}/cgroup"))
            {
                // 7:blkio:/path, and 0::/path of version 2
                var parts = line.Split(':', 3);
                if (IsUnified ? parts[0] == "0" && parts[1].Length == 0 : parts[1].Split(',').Contains(Controller))
                {
                    var path = Root == "/" ? parts[2] : parts[2] == Root ? "/" : parts[2].StartsWith(Root + "/", StringComparison.Ordinal) ? parts[2][Root.Length..] : null;
                    return path is null ? null : path == "/" ? Mount : Mount + path;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
        }

        return null;
    }

    /// <summary>Whether cgroups directly in this one have the controller.</summary>
    public bool HasChildrenWithIt(string folder) => !IsUnified || File.ReadAllText($"{folder}/cgroup.subtree_control").Split().Contains(Controller);

    /// <summary>Writes one value into one file of a cgroup.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Write(string folder, string file, string value)
    {
        using var descriptor = Descriptor.Open($"{folder}/{file}", Libc.WriteOnly);
        descriptor.Write(System.Text.Encoding.ASCII.GetBytes(value));
    }
}
