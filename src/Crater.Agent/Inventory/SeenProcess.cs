using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Inventory;

/// <summary>One process as an inventory tells of it.</summary>
/// <param name="Name">See <see cref="ProgramName"/>.</param>
/// <param name="Words">The argument vector; never leaves this process as it is.</param>
/// <param name="Unit">The systemd service that it belongs to; empty for none.</param>
internal sealed record SeenProcess(ProcessStat Stat, string Name, IReadOnlyList<string> Words, string Unit)
{
    /// <summary>The pid of kthreadd, to whom kernel threads belong; in a container it is a process like any other.</summary>
    private const int KernelThreads = 2;

    /// <summary>Every process of a program that is visible here, by pid; no kernel thread, nothing that has ended, and nothing of craterd itself.</summary>
    public static IReadOnlyList<SeenProcess> All() =>
    [
        .. ProcessStat.All().Where(stat => !stat.HasEnded && stat.Name is not ("craterd" or "chaosmetad"))
            .Select(Read).Where(process => !process.IsKernelThread).OrderBy(process => process.Stat.Pid),
    ];

    private bool IsKernelThread => (Stat.Pid == KernelThreads || Stat.Parent == KernelThreads) && Words.Count == 0;

    /// <summary>The service of a line of /proc/PID/cgroup, the innermost one: <c>0::/system.slice/nginx.service</c>; empty for none.</summary>
    internal static string UnitOf(IEnumerable<string> lines) => lines
        .Select(line => line.Split(':', 3)).Where(fields => fields is [_, "" or "name=systemd", _])
        .SelectMany(fields => fields[2].Split('/').Where(part => part.EndsWith(".service", StringComparison.Ordinal))).LastOrDefault() ?? "";

    private static SeenProcess Read(ProcessStat stat)
    {
        IReadOnlyList<string> words = ReadText($"/proc/{stat.Pid.ToString(CultureInfo.InvariantCulture)}/cmdline") is { Length: > 0 } line ? line.TrimEnd('\0').Split('\0') : [];
        return new SeenProcess(stat, ProgramName.Of(stat.Name, words), words, UnitOf(ReadText($"/proc/{stat.Pid.ToString(CultureInfo.InvariantCulture)}/cgroup").Split('\n')));
    }

    /// <summary>Empty when the process has ended meanwhile, or may not be looked at.</summary>
    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
