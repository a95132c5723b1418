using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>One limit of a control group that was there before: what it was, and what it becomes. The group is known by its inode, so that one made anew under the same name is left alone.</summary>
/// <param name="Folder">Of the group.</param>
/// <param name="Inode">Of that folder.</param>
/// <param name="File">The limit's own file in it.</param>
/// <param name="Disk">Major and minor number where the file has a line for each disk; else empty.</param>
/// <param name="Word">The word of that line, such as <c>rbps</c>, where it has several (version 2); else empty.</param>
/// <param name="Old">As the kernel writes it.</param>
/// <param name="New">What the fault sets; empty where that is found out at the act.</param>
internal sealed record GroupLimit(string Folder, string Inode, string File, string Disk, string Word, string Old, string New)
{
    private const int Parts = 7;

    /// <summary>What the limit is now; null when the group is gone.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? Now => FileState.Of(Folder)?.Inode == Inode ? Read(Folder, File, Disk, Word) : null;

    /// <summary>A limit of a group as it is.</summary>
    /// <exception cref="IOException">The group has no such file.</exception>
    public static GroupLimit Of(string folder, string file, string disk = "", string word = "") =>
        new(folder, FileState.Of(folder)?.Inode ?? "", file, disk, word, Read(folder, file, disk, word), "");

    /// <summary>The lower of two limits, of which one may be none (<c>max</c>, and 0 for a disk in version 1).</summary>
    public string Lower(long limit) => Number(Old) is { } old && old < limit ? Old : $"{limit}";

    /// <exception cref="HostException">The kernel said no.</exception>
    public void Set(string value) => CgroupHierarchy.Write(Folder, File, Disk.Length == 0 ? value : $"{Disk} {(Word.Length == 0 ? value : $"{Word}={value}")}");

    public override string ToString() => string.Join('\t', Folder, Inode, File, Disk, Word, Old, New);

    /// <summary>Null when the text is none.</summary>
    public static GroupLimit? Parse(string text) => text.Split('\t') is { Length: Parts } parts ? new GroupLimit(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]) : null;

    private bool IsNone(string value) => value == "max" || (value == "0" && Disk.Length > 0 && Word.Length == 0);

    private long? Number(string value) => !IsNone(value) && long.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Read(string folder, string file, string disk, string word)
    {
        var lines = System.IO.File.ReadLines($"{folder}/{file}");
        if (disk.Length == 0)
        {
            return lines.FirstOrDefault("").Trim();
        }

        // A disk that has no line has no limit.
        var words = lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(words => words.Length > 1 && words[0] == disk);
        return word.Length == 0 ? words?[1] ?? "0" : words?.FirstOrDefault(part => part.StartsWith(word + "=", StringComparison.Ordinal))?[(word.Length + 1)..] ?? "max";
    }
}
