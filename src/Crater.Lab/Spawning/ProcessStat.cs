using System.Globalization;

namespace Crater.Lab.Spawning;

/// <summary>One line of /proc/PID/stat (proc_pid_stat(5)).</summary>
/// <param name="State">R running, S sleeping, D waiting for disk, T stopped, Z zombie, X dead.</param>
/// <param name="CpuTicks">User and system time, in clock ticks of 1/100 s.</param>
/// <param name="ResidentPages">Resident size in pages.</param>
internal readonly record struct ProcessStat(int Pid, char State, int Parent, int Session, long CpuTicks, long StartTicks, long ResidentPages)
{
    /// <summary>USER_HZ: fixed at 100 on every architecture that .NET runs on.</summary>
    public const double TicksPerSecond = 100;

    public static long ResidentBytesOf(long pages) => pages * Environment.SystemPageSize;

    /// <summary>Null when there is no such process.</summary>
    public static ProcessStat? Read(int pid)
    {
        try
        {
            return Parse(pid, File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Every process that is visible here.</summary>
    public static IReadOnlyList<ProcessStat> ReadAll()
    {
        List<ProcessStat> all = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Read(pid) is { } stat)
            {
                all.Add(stat);
            }
        }

        return all;
    }

    internal static ProcessStat? Parse(int pid, string line)
    {
        // The second field is the program's name in brackets and may hold spaces and brackets itself.
        var end = line.LastIndexOf(')');
        var fields = end < 0 ? [] : line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 22
            ? null
            : new ProcessStat(pid, fields[0][0], Number(fields[1]), Number(fields[3]), Long(fields[11]) + Long(fields[12]), Long(fields[19]), Long(fields[21]));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static long Long(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
