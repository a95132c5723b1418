using System.Runtime.InteropServices;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// The folder, on the host or in a place, in which a fault holds a file without a name. The undo data has it as <c>dir</c>, and as <c>file</c> the name that the file has for a moment where the file
/// system knows no files without one; both are the place's own paths.
/// </summary>
internal static class PlacedFolder
{
    /// <summary>Resolves what was asked for as <c>dir</c>, and has the fault look at it under a name that this process may use.</summary>
    /// <exception cref="AgentException">CRT5589: there is none.</exception>
    public static Preparation Prepare(FaultRequest request, Func<string, Preparation> prepare)
    {
        if (request.Place is null)
        {
            return prepare(Directory.Exists(request.Text("dir")) ? FileState.Real(request.Text("dir"), followLast: true) : throw None(request, ""));
        }

        using var folders = PlaceFolders.Open(request.Place);
        try
        {
            var inside = folders?.Resolve(request.Text("dir"), followLast: true) ?? "";
            var found = prepare(folders?.Seen(inside + "/.") ?? "");
            return found with { Undo = new Dictionary<string, string>(found.Undo) { ["dir"] = inside, ["file"] = Path.Combine(inside, Path.GetFileName(found.Undo["file"])) } };
        }
        catch (Exception e) when (e is HostException or DriveNotFoundException)
        {
            throw None(request, $" in {request.Place.Asked}");
        }
    }

    /// <summary>The undo data of a folder, with what else the fault needs.</summary>
    public static Dictionary<string, string> Undo(string folder, string name, params ReadOnlySpan<(string Key, string Value)> more)
    {
        Dictionary<string, string> undo = new(StringComparer.Ordinal) { ["dir"] = folder, ["file"] = Path.Combine(folder, name) };
        foreach (var (key, value) in more)
        {
            undo[key] = value;
        }

        return undo;
    }

    /// <exception cref="AgentException">CRT5587: there is not that much room, or not with what recovery needs.</exception>
    public static void RefuseTooMuch(DriveInfo drive, long bytes)
    {
        if (bytes <= 0 || bytes > drive.AvailableFreeSpace - Limits.ReserveBytes)
        {
            throw new AgentException("CRT5587", ExitCodes.Host,
                $"{Math.Max(bytes, 0) >> 20} MiB were asked for, and {drive.AvailableFreeSpace >> 20} MiB are free, of which {Limits.ReserveBytes >> 20} MiB stay free for recovery. Ask for less.");
        }
    }

    /// <summary>A file without a name in it; where the file system knows no such files, its name is there for a moment.</summary>
    /// <exception cref="AgentException">CRT5614: the place has ended.</exception>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static Descriptor Nameless(UndoData undo) => Within(undo, Open, gone: null)
        ?? throw new AgentException("CRT5614", ExitCodes.NotInjected, "The place has ended since it was found. Nothing was touched; inject again with a new uid.");

    /// <summary>Removes the name; safe when it is not there.</summary>
    public static void Clear(UndoData undo) => Within(undo, seen =>
    {
        File.Delete(seen["file"]);
        return true;
    }, gone: true);

    public static bool HasName(UndoData undo) => Within(undo, seen => File.Exists(seen["file"]), gone: false);

    /// <summary>With the folder and the file as this process may name them.</summary>
    /// <param name="gone">What it is when the place has ended.</param>
    private static T Within<T>(UndoData undo, Func<UndoData, T> act, T gone)
    {
        using var folders = undo.Place is { } place ? PlaceFolders.Open(place) : null;
        return undo.Place is null ? act(undo) : folders is null ? gone
            : act(new UndoData(new Dictionary<string, string>(undo.Values) { ["dir"] = folders.Seen(undo["dir"] + "/."), ["file"] = folders.Seen(undo["file"]) }));
    }

    private static Descriptor? Open(UndoData undo)
    {
        // __O_TMPFILE together with O_DIRECTORY, whose number is not the same everywhere.
        var nameless = 0x400000 | (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000);
        try
        {
            return Descriptor.Open(undo["dir"], Libc.ReadWrite | nameless, 0x180 /* 0600 */);
        }
        catch (HostException e) when (e.Error is not (Errno.NoAccess or Errno.NotPermitted or Errno.ReadOnlyFiles or Errno.NoSpace))
        {
            var file = Descriptor.Open(undo["file"], Libc.ReadWrite | Libc.Create | Libc.Exclusive, 0x180 /* 0600 */);
            _ = Libc.Unlink(undo["file"]);
            return file;
        }
    }

    private static AgentException None(FaultRequest request, string where) => new("CRT5589", ExitCodes.Host, $"There is no folder {request.Text("dir")} to use{where}. Name one with --dir.");
}
