using System.Globalization;
using System.Text;

namespace Crater.EndToEnd.Tests.Machines;

/// <summary>The files that a kernel finds when it starts: a cpio archive of the "newc" kind, which it unpacks into its first file system. Plain, since unpacking costs more there than reading.</summary>
internal sealed class FileArchive(Stream to)
{
    private const int FileKind = 0x8000;
    private const int FolderKind = 0x4000;
    private const int LinkKind = 0xA000;
    private const int ProgramMode = 0x1ED;    // 0755
    private const int ReadableMode = 0x1A4;   // 0644

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _inode;

    /// <summary>A file of this machine under the same name, with what its links lead to.</summary>
    public void Copy(string path) => Copy(path, path);

    /// <param name="at">Absolute; its folders are made.</param>
    public void Copy(string path, string at)
    {
        var isProgram = !OperatingSystem.IsWindows() && File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute);
        Add(at, FileKind | (isProgram ? ProgramMode : ReadableMode), File.ReadAllBytes(path));
    }

    public void Write(string at, string text, bool isProgram = false) => Add(at, FileKind | (isProgram ? ProgramMode : ReadableMode), Encoding.UTF8.GetBytes(text));

    public void Link(string at, string target) => Add(at, LinkKind | 0x1FF, Encoding.UTF8.GetBytes(target));

    public void MakeFolder(string at) => Add(at, FolderKind | ProgramMode, []);

    /// <summary>After this nothing can be added.</summary>
    public void Finish()
    {
        Entry("TRAILER!!!", 0, []);
        to.Flush();
    }

    private void Add(string at, int mode, byte[] content)
    {
        var name = at.TrimStart('/');
        if (!_names.Add(name))
        {
            return;
        }

        if (Path.GetDirectoryName(name) is { Length: > 0 } folder)
        {
            MakeFolder(folder);
        }

        Entry(name, mode, content);
    }

    private void Entry(string name, int mode, byte[] content)
    {
        var fields = new[] { ++_inode, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0 };
        var header = "070701" + string.Concat(fields.Select(field => field.ToString("X8", CultureInfo.InvariantCulture))) + name + "\0";
        Padded(Encoding.ASCII.GetBytes(header));
        Padded(content);
    }

    private void Padded(byte[] bytes)
    {
        to.Write(bytes);
        to.Write(new byte[(4 - (bytes.Length % 4)) % 4]);
    }
}
