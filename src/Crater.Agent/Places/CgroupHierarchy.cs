using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>The tree of control groups in which one controller works: its own one (version 1), or the one of all (version 2).</summary>
/// <param name="Controller">By the name that its version has for it: <c>blkio</c> of version 1 is <c>io</c> in version 2.</param>
/// <param name="Top">Folder of the uppermost group that can be seen from here.</param>
/// <param name="IsUnified">Version 2.</param>
internal sealed record CgroupHierarchy(string Controller, string Top, bool IsUnified)
{
    /// <param name="fault">Who wants it, for the message.</param>
    /// <param name="legacyName">Its name in version 1.</param>
    /// <param name="unifiedName">Its name in version 2.</param>
    /// <exception cref="AgentException">CRT5734: no mounted hierarchy has the controller.</exception>
    public static CgroupHierarchy Of(string fault, string legacyName, string unifiedName)
    {
        var mounts = Cgroups.Mounts();
        return mounts.TryGetValue(legacyName, out var own) ? new CgroupHierarchy(legacyName, own.Point, IsUnified: false)
            : mounts.TryGetValue(Cgroups.Unified, out var all) && Words($"{all.Point}/cgroup.controllers").Contains(unifiedName) ? new CgroupHierarchy(unifiedName, all.Point, IsUnified: true)
            : throw new AgentException("CRT5734", ExitCodes.Host,
                $"{fault} needs a control group with {(legacyName == unifiedName ? legacyName : $"{legacyName} (version 1) or {unifiedName} (version 2)")}, and no mounted hierarchy has it. Look: cat /proc/self/mountinfo; in a container, run craterd on the host instead.");
    }

    /// <summary>The folder of the group that a process is in; null when the process is gone or its group cannot be seen from here.</summary>
    public string? FolderOf(int pid)
    {
        var name = IsUnified ? Cgroups.Unified : Controller;
        return Cgroups.PathsOf(pid).TryGetValue(name, out var path) ? Cgroups.Folder(Cgroups.Mounts(), name, path) : null;
    }

    /// <summary>Whether groups directly in this one have the controller.</summary>
    public bool IsOnBelow(string folder) => !IsUnified || Words($"{folder}/cgroup.subtree_control").Contains(Controller);

    /// <summary>Writes one value into one file of a group.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Write(string folder, string file, string value) => Descriptor.Tell($"{folder}/{file}", value);

    private static string[] Words(string file) => File.ReadAllText(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
