using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>A disk by its two numbers, as cgroups know it.</summary>
internal static class BlockDevice
{
    /// <summary><c>8:0</c>, <c>/dev/sda</c>, or any path on a file system that a disk is under. A partition is its whole disk, since limits hold for whole disks.</summary>
    /// <exception cref="AgentException">CRT5735: it is no disk.</exception>
    public static string Numbers(string text)
    {
        var numbers = text.StartsWith('/') ? FileState.Disk(text) ?? "" : text;
        var entry = $"/sys/dev/block/{numbers}";
        if (!numbers.Split(':').All(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)) || !Directory.Exists(entry))
        {
            throw new AgentException("CRT5735", ExitCodes.Host, $"{text} is no disk, and on none; write its numbers (8:0), its device (/dev/sda), or a path on it. Look with: lsblk.");
        }

        return File.Exists($"{entry}/partition") ? File.ReadAllText(Path.Combine(FileState.Real(entry, followLast: true), "../dev")).Trim() : numbers;
    }
}
