using System.Globalization;

namespace Crater.Agent.Host;

/// <summary>What is needed of one line of /proc/PID/stat (proc_pid_stat(5)).</summary>
/// <param name="Name">The program's name, at most 15 bytes.</param>
/// <param name="State">R running, S sleeping, D waiting for disk, T stopped by a signal, t by a tracer, Z zombie, X dead.</param>
/// <param name="CpuTicks">User and system time in ticks of 10 ms.</param>
internal readonly record struct ProcessStat(int Pid, string Name, char State, int Parent, long CpuTicks, long StartTicks)
{
    public bool HasEnded => State is 'Z' or 'X';

    public bool IsStopped => State is 'T' or 't';

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
    public static IEnumerable<ProcessStat> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Read(pid) is { } stat)
            {
                yield return stat;
            }
        }
    }

    /// <summary>The argument vector, joined with spaces; empty for a kernel thread or a process that is gone.</summary>
    public static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").TrimEnd('\0').Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    internal static ProcessStat? Parse(int pid, string line)
    {
        // The name stands in brackets and may hold spaces and brackets itself.
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var close = line.LastIndexOf(')');
        var fields = close < 0 ? [] : line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 20 || open < 0
            ? null
            : new ProcessStat(pid, line[(open + 1)..close], fields[0][0], (int)Number(fields[1]), Number(fields[11]) + Number(fields[12]), Number(fields[19]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
