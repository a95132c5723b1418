using System.Globalization;
using Crater.Agent.Host;
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

    public override Preparation Prepare(FaultRequest request) => PlacedFolder.Prepare(request, folder => Prepare(request, folder));

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
        PlacedFolder.RefuseTooMuch(drive, bytes);
        return new Preparation(PlacedFolder.Undo(folder, $".crater-{request.Uid}.fill", ("bytes", bytes.ToString(CultureInfo.InvariantCulture))), [], Description.Mechanism);
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo)
    {
        var file = PlacedFolder.Nameless(undo);
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

    public override void Recover(UndoData undo) => PlacedFolder.Clear(undo);

    public override string Fingerprint(UndoData undo) => $"{base.Fingerprint(undo)} file={(PlacedFolder.HasName(undo) ? "there" : "absent")}";

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

    private static bool IsOurs(string? target, UndoData undo) =>
        target is not null && target.EndsWith(" (deleted)", StringComparison.Ordinal) && target.StartsWith(undo["dir"].TrimEnd('/') + "/", StringComparison.Ordinal);

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
