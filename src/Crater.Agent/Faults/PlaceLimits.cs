using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// Limits on a whole place: the place's own control group is given lower ones, so that they hold for everything in it and for whatever is started in it, and nobody is moved. What each was stands in
/// the undo data, and is written back.
/// </summary>
internal static class PlaceLimits
{
    private const string Key = "limits";
    private const string SwitchKey = "switched";

    /// <summary>Whether the undo data is of a whole place, and not of processes in a group of the injection's own.</summary>
    public static bool AreIn(UndoData undo) => undo.Values.ContainsKey(Key);

    /// <summary>Under which somebody else may have switched on what this needs.</summary>
    public static IReadOnlyList<string> Wants(CgroupHierarchy hierarchy, Place place) =>
        ControllerSwitch.Claims(hierarchy, ControllerSwitch.Above(hierarchy, place.Cgroup(hierarchy.Controller)));

    /// <summary>The groups that limits have to be set in: in version 1 a limit on a disk does not hold for the groups below.</summary>
    public static IReadOnlyList<string> Groups(CgroupHierarchy hierarchy, Place place) => place.Cgroup(hierarchy.Controller) is var top && !hierarchy.IsUnified
        ? [top, .. Directory.EnumerateDirectories(top, "*", SearchOption.AllDirectories)]
        : [top];

    /// <summary>Remembers what the limits are and what has to be switched on for them. Changes nothing.</summary>
    /// <returns>Claims.</returns>
    public static IReadOnlyList<string> Capture(CgroupHierarchy hierarchy, Place place, IReadOnlyList<GroupLimit> limits, Dictionary<string, string> undo)
    {
        var folder = place.Cgroup(hierarchy.Controller);
        var off = ControllerSwitch.Off(hierarchy, folder);
        undo["controller"] = hierarchy.Controller;
        undo[SwitchKey] = string.Join('\n', off);
        undo[Key] = string.Join('\n', limits);
        return [$"cgroup-limit:{hierarchy.Controller}:{folder}", .. ControllerSwitch.Claims(hierarchy, off)];
    }

    /// <summary>A limit of a group as it is, or as it will be when its controller is switched on.</summary>
    public static GroupLimit Of(string folder, string file, string disk = "", string word = "") => File.Exists($"{folder}/{file}") ? GroupLimit.Of(folder, file, disk, word)
        : new GroupLimit(folder, FileState.Of(folder)?.Inode ?? "", file, disk, word, "max", "");

    /// <summary>Switches on what is off. To be called before any limit is set.</summary>
    public static void SwitchOn(UndoData undo) => ControllerSwitch.On(undo["controller"], Switched(undo));

    public static IReadOnlyList<GroupLimit> Limits(UndoData undo) => [.. undo[Key].Split('\n').Select(line => GroupLimit.Parse(line) ?? throw new DamagedStateException("undo", $"{line} is no limit"))];

    public static Presence Look(UndoData undo) => Switched(undo).Any(folder => ControllerSwitch.IsOn(undo["controller"], folder)) || Lowered(undo).Any() ? Presence.Present : Presence.Absent;

    public static void Leave(UndoData undo)
    {
        Lift(undo);
        ControllerSwitch.Off(undo["controller"], Switched(undo));
    }

    /// <summary>Writes back what the limits were, and leaves on what was switched on.</summary>
    public static void Lift(UndoData undo)
    {
        foreach (var limit in Lowered(undo).Reverse())
        {
            limit.Set(limit.Old);
        }
    }

    /// <summary>The place's groups are gone, and their limits with them; what was switched on for them is not.</summary>
    public static bool AreGone(UndoData undo) => !IsOfThisBoot(undo) || (Look(undo) == Presence.Absent && Limits(undo).All(limit => FileState.Of(limit.Folder)?.Inode != limit.Inode));

    public static string Fingerprint(UndoData undo) => string.Join(' ', Limits(undo).Select(Print).Concat(Switched(undo).Select(folder => $"{undo["controller"]} below {folder}={(ControllerSwitch.IsOn(undo["controller"], folder) ? "on" : "off")}")));

    public static string LookWith(UndoData undo) => $"cat {string.Join(' ', Limits(undo).Select(limit => $"{limit.Folder}/{limit.File}").Distinct())}";

    private static IEnumerable<GroupLimit> Lowered(UndoData undo) => IsOfThisBoot(undo) ? Limits(undo).Where(limit => Now(limit) is { } now && now != limit.Old) : [];

    private static string[] Switched(UndoData undo) => IsOfThisBoot(undo) ? undo[SwitchKey].Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];

    // No control group outlives a boot; one that has its name and its inode is another one.
    private static bool IsOfThisBoot(UndoData undo) => undo.Place?.Process.Boot == BootClock.System.Boot;

    private static string Print(GroupLimit limit) => $"{Path.GetFileName(limit.Folder)}/{limit.File}{(limit.Disk.Length > 0 ? $"[{limit.Disk}{(limit.Word.Length > 0 ? " " + limit.Word : "")}]" : "")}={Now(limit) ?? "gone"}";

    // While its controller is off, a group has no file for the limit, and no limit.
    private static string? Now(GroupLimit limit)
    {
        try
        {
            return limit.Now;
        }
        catch (IOException)
        {
            return FileState.Of(limit.Folder)?.Inode == limit.Inode ? "max" : null;
        }
    }
}
