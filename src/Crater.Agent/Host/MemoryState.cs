using System.Globalization;

namespace Crater.Agent.Host;

/// <summary>Memory as the kernel counts it, in bytes.</summary>
internal static class MemoryState
{
    /// <summary>MemTotal and MemAvailable of /proc/meminfo.</summary>
    public static (long Total, long Available) OfHost() => (Field("/proc/meminfo", "MemTotal:"), Field("/proc/meminfo", "MemAvailable:"));

    /// <summary>What this process has resident.</summary>
    public static long OfThisProcess() => Field("/proc/self/status", "VmRSS:");

    /// <summary>What a process has, in memory and in swap; null when it is gone or has no memory of its own.</summary>
    public static long? OfProcess(int pid)
    {
        try
        {
            return Field($"/proc/{pid}/status", "VmRSS:") + Field($"/proc/{pid}/status", "VmSwap:");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Field(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
            }
        }

        throw new IOException($"{file} has no line {name}");
    }
}
