using System.Globalization;
using Crater.Journals;

namespace Crater.Agent.Host;

/// <summary>What one name in the file system stands for; links are not followed.</summary>
/// <param name="Mode">Kind and permissions, as st_mode has them.</param>
/// <param name="Inode">Device and inode: the same for every name of one file, and for no other file.</param>
internal readonly record struct FileState(int Mode, uint User, uint Group, long Size, string Inode)
{
    private const int KindMask = 0xF000;
    private const int RegularKind = 0x8000;
    private const int FolderKind = 0x4000;
    private const int SocketKind = 0xC000;

    public bool IsRegular => (Mode & KindMask) == RegularKind;

    public bool IsFolder => (Mode & KindMask) == FolderKind;

    public bool IsSocket => (Mode & KindMask) == SocketKind;

    public int Permissions => Mode & 0xFFF;

    /// <summary>Null when there is nothing of that name.</summary>
    /// <exception cref="HostException">It cannot be seen.</exception>
    public static FileState? Of(string path)
    {
        const int NoFollow = 0x100;
        return Of(Libc.Here, path, NoFollow) ?? (Errno.Last is Errno.NoEntry or 20 /* ENOTDIR */ ? null : throw new HostException($"{path} cannot be looked at", Errno.Last));
    }

    /// <summary>Of the very file that a descriptor holds, whatever its name stands for now.</summary>
    /// <exception cref="HostException">It cannot be seen.</exception>
    public static FileState Of(Descriptor file)
    {
        const int EmptyPath = 0x1000;
        return Of(file.Number, "", EmptyPath) ?? throw new HostException("An open file cannot be looked at", Errno.Last);
    }

    private static unsafe FileState? Of(int folder, string path, int flags)
    {
        const uint Basics = 0x7ff;
        var status = stackalloc byte[256];
        if (Libc.Status(folder, path, flags, Basics, status) != 0)
        {
            return null;
        }

        // The layout of struct statx is the same on every architecture.
        return new FileState(
            *(ushort*)(status + 28), *(uint*)(status + 20), *(uint*)(status + 24), *(long*)(status + 40),
            string.Create(CultureInfo.InvariantCulture, $"{*(uint*)(status + 136)}:{*(uint*)(status + 140)}:{*(ulong*)(status + 32)}"));
    }

    /// <summary>Major and minor number of the disk that a path is, or is on; links are followed. Null when there is nothing of that name.</summary>
    public static unsafe string? Disk(string path)
    {
        const int BlockKind = 0x6000;
        var status = stackalloc byte[256];
        if (Libc.Status(Libc.Here, path, 0, 0x7ff, status) != 0)
        {
            return null;
        }

        // The device that it is stands before the one that it is on.
        var numbers = (uint*)(status + ((*(ushort*)(status + 28) & KindMask) == BlockKind ? 128 : 136));
        return string.Create(CultureInfo.InvariantCulture, $"{numbers[0]}:{numbers[1]}");
    }

    /// <summary>Everything that "as it was" means for a name, without times: <c>absent</c>, or mode, owner, size, inode and, up to 16 MiB, a hash of the content.</summary>
    public static string Print(string path)
    {
        if (Of(path) is not { } state)
        {
            return "absent";
        }

        var content = state is { IsRegular: true, Size: <= Limits.HashedBytesMax } ? $" sha256={Hash(path)}" : "";
        return $"mode={Convert.ToString(state.Mode, 8)} owner={state.User}:{state.Group} size={state.Size} inode={state.Inode}{content}";
    }

    /// <summary>The name without links and dots in it; the last part may be missing.</summary>
    /// <exception cref="HostException">The folder is not there.</exception>
    public static unsafe string Real(string path, bool followLast)
    {
        var resolved = stackalloc byte[4097];
        var asked = followLast && Of(path) is not null ? path : Path.GetDirectoryName(path) ?? "/";
        if (Libc.RealPath(asked, resolved) is null)
        {
            throw new HostException($"{asked} cannot be found", Errno.Last);
        }

        var found = new string((sbyte*)resolved, 0, new ReadOnlySpan<byte>(resolved, 4097).IndexOf((byte)0), System.Text.Encoding.UTF8);
        return asked == path ? found : Path.Combine(found, Path.GetFileName(path));
    }

    private static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(Sha256.Of(file))[..16];
    }
}
