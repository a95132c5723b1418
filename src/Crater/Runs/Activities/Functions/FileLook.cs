using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Crater.Runs.Activities.Functions;

/// <summary>What stands at a path.</summary>
/// <param name="Error">The system's number when nothing can be seen there; 0 otherwise.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Written">In seconds since 1970.</param>
internal sealed partial record FileLook(int Error, FileKind Kind, long Size, double Written)
{
    private const int NotThere = 2;
    private const int HereDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicFacts = 0x7ff;

    public bool IsThere => Error == 0;

    /// <param name="follow">Look at what a symbolic link leads to, and not at the link.</param>
    public static FileLook At(string path, bool follow)
    {
        if (path.Contains('\0'))
        {
            return Nothing(NotThere);
        }

        return OperatingSystem.IsLinux() ? BySystem(path, follow) : ByFramework(path, follow);
    }

    private static FileLook Nothing(int error) => new(error, FileKind.Other, 0, 0);

    // The layout of this answer is the same on every processor.
    private static FileLook BySystem(string path, bool follow)
    {
        Span<byte> facts = stackalloc byte[256];
        if (Look(HereDirectory, path, follow ? 0 : DoNotFollow, BasicFacts, ref MemoryMarshal.GetReference(facts)) != 0)
        {
            return Nothing(Marshal.GetLastPInvokeError());
        }

        var kind = (BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]) & 0xf000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0xa000 => FileKind.Link,
            _ => FileKind.Other,
        };
        var written = BinaryPrimitives.ReadInt64LittleEndian(facts[112..]) + (BinaryPrimitives.ReadUInt32LittleEndian(facts[120..]) / 1e9);
        return new FileLook(0, kind, BinaryPrimitives.ReadInt64LittleEndian(facts[40..]), written);
    }

    private static FileLook ByFramework(string path, bool follow)
    {
        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!follow && entry.LinkTarget is { } target)
        {
            return new FileLook(0, FileKind.Link, target.Length, Seconds(entry));
        }

        return entry.Exists
            ? new FileLook(0, entry is FileInfo ? FileKind.File : FileKind.Folder, (entry as FileInfo)?.Length ?? 0, Seconds(entry))
            : Nothing(NotThere);
    }

    private static double Seconds(FileSystemInfo entry) => (entry.LastWriteTimeUtc - DateTime.UnixEpoch).TotalSeconds;

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Look(int folder, string path, int flags, uint mask, ref byte facts);
}

internal enum FileKind { File, Folder, Link, Other }
