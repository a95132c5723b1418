using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>
/// Where a controller of version 2 has to be switched on so that one group has its files: in each group above that has it off. It is switched off there again afterwards, from the inside out.
/// </summary>
internal static class ControllerSwitch
{
    private const string File = "cgroup.subtree_control";

    /// <summary>The groups above that have it off, from the outside in; none in version 1.</summary>
    /// <exception cref="AgentException">CRT5733: one of them cannot have it on.</exception>
    public static IReadOnlyList<string> Off(CgroupHierarchy hierarchy, string folder)
    {
        List<string> off = [.. Above(hierarchy, folder).Where(above => !hierarchy.IsOnBelow(above))];
        // Groups with processes of their own give those below them nothing; the uppermost may.
        return off.FirstOrDefault(above => above != hierarchy.Top && Cgroups.HasOwn(above)) is not { } busy ? off : throw new AgentException("CRT5733", ExitCodes.Host,
            $"The control group {folder} has no {hierarchy.Controller}, and cannot be given it: {busy} has processes of its own. Let the runtime switch it on (systemd: IOAccounting=yes, TasksAccounting=yes), or name a process.");
    }

    /// <summary>Claims under which somebody else may have switched it on for himself, so that it goes when he recovers.</summary>
    public static IReadOnlyList<string> Claims(CgroupHierarchy hierarchy, IEnumerable<string> folders) => [.. folders.Select(folder => $"cgroup-controller:{hierarchy.Controller}:{folder}")];

    /// <summary>Every group above one, from the outside in; none in version 1.</summary>
    public static IReadOnlyList<string> Above(CgroupHierarchy hierarchy, string folder)
    {
        List<string> above = [];
        for (var at = folder; hierarchy.IsUnified && at.Length > hierarchy.Top.Length;)
        {
            at = Path.GetDirectoryName(at)!;
            above.Insert(0, at);
        }

        return above;
    }

    /// <exception cref="HostException">The kernel said no.</exception>
    public static void On(string controller, IEnumerable<string> folders)
    {
        foreach (var folder in folders)
        {
            CgroupHierarchy.Write(folder, File, "+" + controller);
        }
    }

    /// <summary>Safe to repeat.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static void Off(string controller, IEnumerable<string> folders)
    {
        foreach (var folder in folders.Reverse().Where(folder => IsOn(controller, folder)))
        {
            CgroupHierarchy.Write(folder, File, "-" + controller);
        }
    }

    /// <summary>False when the group is gone.</summary>
    public static bool IsOn(string controller, string folder) => Directory.Exists(folder) && new CgroupHierarchy(controller, folder, IsUnified: true).IsOnBelow(folder);
}
