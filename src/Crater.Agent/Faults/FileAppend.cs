using System.Text;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Adds lines to the end of a file, such as a log.</summary>
internal sealed class FileAppend : FileFault
{
    /// <summary>More is a disk fault, and would be read whole at recovery.</summary>
    private const int AddedBytesMax = 1 << 20;

    /// <summary>How far behind its old end a file is searched for what was added.</summary>
    private const long SearchedBytesMax = 64 << 20;

    /// <summary>The kernel copies a write page by page, and looks for a deadly signal between two.</summary>
    private const int CutBytes = 4096;

    /// <summary>That many bytes of ours are no accident.</summary>
    private const int SureBytes = 64;

    public override FaultDescription Description { get; } = new()
    {
        Name = "file-append",
        Family = "file",
        Summary = "Adds lines to the end of a file, such as a log.",
        Mechanism = "One write to the end of the file.",
        Ending = "Must be undone: exactly those bytes are cut out of the same inode, wherever its name is now in the folder; what others wrote after them moves up.",
        Cannot = "Lines that another program writes in the very moment in which ours are cut out can be lost; where nothing was written after them, nothing can.",
        Parameters =
        [
            PathParameter,
            ContentParameter with { IsRequired = true },
            new("count", ParameterType.Integer, "How often the line is written.") { Short = 'C', Min = 1, Max = 10_000, Default = "1" },
            new("raw", ParameterType.Flag, "Write the line as it is, without the uid behind it; then a line of the same words that others write could be taken for it.") { Short = 'r', Default = "false" },
        ],
    };

    public override bool FollowsLinks => true;

    public override IReadOnlyList<string> Wants(FaultRequest request) => [$"path:{Real(request.Text("path"), followLast: true)}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var path = Real(request.Text("path"), followLast: true);
        var state = Existing(path, regular: true);
        var undo = OwnNames(path, request.Uid);
        (undo["inode"], undo["size"], undo["line"], undo["count"]) =
            (state.Inode, state.Size.ToString(), request.Flag("raw") ? request.Text("content") : $"{request.Text("content")} #crater-{request.Uid}", request.Text("count"));
        return Added(new UndoData(undo)).Length <= AddedBytesMax
            ? new Preparation(undo, Wants(request), Description.Mechanism)
            : throw new AgentException("CRT5597", ExitCodes.Host, $"That would add more than {AddedBytesMax >> 20} MiB to {path}. Lower --count; to fill a disk there is disk-fill.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        using var file = Descriptor.Open(undo["path"], Libc.WriteOnly | Libc.Append | Libc.NoFollow);
        if (FileState.Of(file).Inode != undo["inode"])
        {
            throw Changed(undo);
        }

        file.Write(Added(undo));
        file.Sync();
        return null;
    }

    public override Presence Look(UndoData undo) => Where(undo) is { } path && Find(path, undo).Length > 0 ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (Where(undo) is not { } path || Find(path, undo) is not { Length: > 0 } found)
        {
            return;
        }

        using var held = Descriptor.Open(path, Libc.ReadWrite | Libc.NoFollow);
        if (FileState.Of(held).Inode != undo["inode"])
        {
            throw Changed(undo);
        }

        using var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(held.Number, ownsHandle: false), FileAccess.ReadWrite);
        var tail = new byte[file.Length - found.Start - found.Length];
        file.Position = found.Start + found.Length;
        file.ReadExactly(tail);
        file.Position = found.Start;
        file.Write(tail);
        file.SetLength(found.Start + tail.Length);
        file.Flush(flushToDisk: true);
    }

    public override bool IsTargetGone(UndoData undo) => Where(undo) is null;

    // What others wrote behind our lines is no part of how it was; the part before is.
    public override string Fingerprint(UndoData undo)
    {
        var size = undo.Number("size");
        return Where(undo) is not { } path ? "absent" : $"begins={Start(path, size)} inode={undo["inode"]} added={(Find(path, undo).Length > 0 ? "yes" : "no")}";
    }

    private static byte[] Added(UndoData undo) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(undo["line"] + "\n", (int)undo.Number("count"))));

    /// <summary>The name of the inode now: a log may have been rotated meanwhile. Null when it has none in its folder any more.</summary>
    private static string? Where(UndoData undo) => FileState.Of(undo["path"])?.Inode == undo["inode"]
        ? undo["path"]
        : Directory.EnumerateFiles(Path.GetDirectoryName(undo["path"])!).FirstOrDefault(file => FileState.Of(file)?.Inode == undo["inode"]);

    /// <summary>Where what was added stands: whole, or as much of it as a death let through, which is then the end of the file.</summary>
    private static (long Start, int Length) Find(string path, UndoData undo)
    {
        var size = undo.Number("size");
        var added = Added(undo);
        using var file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length <= size)
        {
            return default;
        }

        var behind = new byte[Math.Min(file.Length - size, SearchedBytesMax)];
        file.Position = size;
        file.ReadExactly(behind);
        if (behind.AsSpan().IndexOf(added) is >= 0 and var at)
        {
            return (size + at, added.Length);
        }

        return file.Length % CutBytes == 0 ? Cut(behind, added, file.Length) : default;
    }

    // A write that a death has cut ends with a page of the file. That, and that nothing or much of it stands there, tells it from what others wrote.
    private static (long Start, int Length) Cut(ReadOnlySpan<byte> behind, ReadOnlySpan<byte> added, long end)
    {
        for (var length = Math.Min(added.Length, behind.Length); length > 0; length--)
        {
            if (behind.EndsWith(added[..length]))
            {
                return length == behind.Length || length >= SureBytes ? (end - length, length) : default;
            }
        }

        return default;
    }

    private static string Start(string path, long size)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var start = new byte[Math.Min(size, Limits.HashedBytesMax)];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            ? Convert.ToHexStringLower(Crater.Journals.Sha256.Of(start))[..16]
            : "shorter";
    }
}
