using System.Globalization;
using System.Runtime.InteropServices;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Takes space of a file system, with a file that has no name.</summary>
internal sealed class DiskFill : HeldFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "disk-fill",
        Family = "disk",
        Summary = "Takes space of the file system that a folder is on.",
        Mechanism = "A file without a name (O_TMPFILE) that the keeper holds open, its space allocated at once (fallocate), or written where the file system cannot allocate.",
        Ending = "Dies with its keeper: the kernel frees the space of an open file without a name. Where the file system knows no such files, the name is there for a moment, and removed from undo data.",
        Cannot = "du does not show it, since it has no name; df does. The last 16 MiB stay free for recovery.",
        Parameters =
        [
            new("percent", ParameterType.Integer, "Fill until this share of the file system is used, by everyone together.") { Short = 'p', Unit = "percent", Min = 1, Max = 100 },
            new("bytes", ParameterType.Bytes, "Take this much.") { Short = 'b', Min = 1 },
            new("dir", ParameterType.Path, "A folder on that file system.") { Short = 'd', Default = "/tmp" },
        ],
        OneOf = ["percent", "bytes"],
    };

    public override bool TakesPlace => true;

    public override Preparation Prepare(FaultRequest request)
    {
        if (request.Place is null)
        {
            return Prepare(request, Folder(request));
        }

        using var folders = PlaceFolders.Open(request.Place);
        try
        {
            var inside = folders?.Resolve(request.Text("dir"), followLast: true) ?? "";
            var found = Prepare(request, folders?.Seen(inside + "/.") ?? "");
            return found with { Undo = new Dictionary<string, string>(found.Undo) { ["dir"] = inside, ["file"] = Path.Combine(inside, Path.GetFileName(found.Undo["file"])) } };
        }
        catch (Exception e) when (e is HostException or DriveNotFoundException)
        {
            throw new AgentException("CRT5589", ExitCodes.Host, $"There is no folder {request.Text("dir")} to use in {request.Place.Asked}. Name one with --dir.");
        }
    }

    private Preparation Prepare(FaultRequest request, string folder)
    {
        var drive = new DriveInfo(folder);
        var bytes = request.Has("bytes") ? request.Number("bytes") : (drive.TotalSize * request.Number("percent") / 100) - (drive.TotalSize - drive.TotalFreeSpace);
        if (bytes <= 0)
        {
            throw new AgentException("CRT5586", ExitCodes.Host, $"The file system of {folder} is fuller than the {request.Text("percent")} % that was asked for. Ask for more.");
        }

        // To the brim means up to the reserve: craterd has to be able to write how it ended.
        bytes = request.Has("percent") ? Math.Min(bytes, drive.AvailableFreeSpace - Limits.ReserveBytes) : bytes;
        RefuseTooMuch(drive, bytes);
        var undo = new Dictionary<string, string>
        {
            ["dir"] = folder,
            ["bytes"] = bytes.ToString(CultureInfo.InvariantCulture),
            ["file"] = Path.Combine(folder, $".crater-{request.Uid}.fill"),
        };
        return new Preparation(undo, [], Description.Mechanism);
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo)
    {
        var file = Within(undo, Nameless, gone: null) ?? throw new AgentException("CRT5614", ExitCodes.NotInjected, "The place has ended since it was found. Nothing was touched; inject again with a new uid.");
        try
        {
            var bytes = undo.Number("bytes");
            if (Libc.Allocate(file.Number, 0, 0, bytes) != 0)
            {
                if (Errno.Last is not (Errno.NotSupported or Errno.NotImplemented))
                {
                    throw new HostException($"{bytes} bytes in {undo["dir"]} could not be taken", Errno.Last);
                }

                Write(file, bytes);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override void Recover(UndoData undo) => Within(undo, seen =>
    {
        File.Delete(seen["file"]);
        return true;
    }, gone: true);

    public override string Fingerprint(UndoData undo) => $"{base.Fingerprint(undo)} file={(Within(undo, seen => File.Exists(seen["file"]), gone: false) ? "there" : "absent")}";

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{holder.Pid}/fd").Any(link => IsOurs(new FileInfo(link).LinkTarget, undo));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return holder.IsAlive ? null : false;
        }
    }

    public override string LookWith(UndoData undo) => $"ls -l /proc/{undo.Holder.Pid}/fd; df {undo["dir"]}";

    /// <summary>The folder that was asked for, without links in its name.</summary>
    /// <exception cref="AgentException">CRT5589: there is none.</exception>
    internal static string Folder(FaultRequest request) => Directory.Exists(request.Text("dir"))
        ? FileState.Real(request.Text("dir"), followLast: true)
        : throw new AgentException("CRT5589", ExitCodes.Host, $"There is no folder {request.Text("dir")} to use. Name one with --dir.");

    /// <exception cref="AgentException">CRT5587: there is not that much room, or not with what recovery needs.</exception>
    internal static void RefuseTooMuch(DriveInfo drive, long bytes)
    {
        if (bytes <= 0 || bytes > drive.AvailableFreeSpace - Limits.ReserveBytes)
        {
            throw new AgentException("CRT5587", ExitCodes.Host,
                $"{Math.Max(bytes, 0) >> 20} MiB were asked for, and {drive.AvailableFreeSpace >> 20} MiB are free, of which {Limits.ReserveBytes >> 20} MiB stay free for recovery. Ask for less.");
        }
    }

    /// <summary>With the folder and the file as this process may name them.</summary>
    /// <param name="gone">What it is when the place has ended.</param>
    private static T Within<T>(UndoData undo, Func<UndoData, T> act, T gone)
    {
        using var folders = undo.Place is { } place ? PlaceFolders.Open(place) : null;
        return undo.Place is null ? act(undo) : folders is null ? gone
            : act(new UndoData(new Dictionary<string, string>(undo.Values) { ["dir"] = folders.Seen(undo["dir"] + "/."), ["file"] = folders.Seen(undo["file"]) }));
    }

    private static bool IsOurs(string? target, UndoData undo) =>
        target is not null && target.EndsWith(" (deleted)", StringComparison.Ordinal) && target.StartsWith(undo["dir"].TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>A file in <c>dir</c> without a name; where the file system knows no such files, the name <c>file</c> is there for a moment.</summary>
    internal static Descriptor Nameless(UndoData undo)
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

    private static void Write(Descriptor file, long bytes)
    {
        var block = new byte[1 << 20];
        for (long done = 0; done < bytes; done += block.Length)
        {
            file.Write(block.AsSpan(0, (int)Math.Min(block.Length, bytes - done)));
        }

        file.Sync();
    }
}
