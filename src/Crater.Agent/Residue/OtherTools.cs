using Crater.Agent.Host;

namespace Crater.Agent.Residue;

/// <summary>The marks by which other fault tools are known: names of their processes and of the files that they put beside what they break.</summary>
internal static class OtherTools
{
    private static readonly (string Tool, string Process)[] Processes =
    [
        ("ChaosMeta", "chaosmeta_"), ("ChaosBlade", "chaos_"), ("Chaos Mesh", "chaos-tproxy"), ("Chaos Mesh", "toda"), ("stress-ng", "stress-ng"), ("Pumba", "pumba"),
    ];

    private static readonly (string Tool, string Folder, string Pattern)[] Files =
    [
        ("ChaosMeta", "/tmp", "chaosmeta*"), ("ChaosBlade", "/tmp", "chaos_*"), ("ChaosBlade", "/tmp", "chaosblade*"),
    ];

    public static IEnumerable<Trace> Look()
    {
        foreach (var process in ProcessStat.All())
        {
            foreach (var (tool, _) in Processes.Where(known => process.Name.StartsWith(known.Process, StringComparison.Ordinal)).Take(1))
            {
                yield return new Trace(tool, $"process {process.Pid} ({process.Name}) runs", $"ps -fp {process.Pid}");
            }
        }

        foreach (var trace in PausedPods(ProcessStat.All().Where(process => process.Name == "pause").Select(process => (process.Pid, Cgroup(process.Pid)))))
        {
            yield return trace;
        }

        foreach (var (tool, folder, pattern) in Files)
        {
            foreach (var entry in Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder, pattern) : [])
            {
                yield return new Trace(tool, $"{entry} is there", $"ls -ld {entry}");
            }
        }
    }

    /// <summary>A pod has one process called pause, its sandbox's. Chaos Mesh's pod-failure puts the same image in the place of its containers, and then there are more.</summary>
    /// <param name="pauses">The processes of that name, each with its control group, whose last part is the container and the one before the pod.</param>
    internal static IEnumerable<Trace> PausedPods(IEnumerable<(int Pid, string Cgroup)> pauses) =>
        from pause in pauses
        where pause.Cgroup.Contains("kubepods", StringComparison.Ordinal)
        group pause.Pid by pause.Cgroup[..pause.Cgroup.LastIndexOf('/')] into pod
        where pod.Count() > 1
        select new Trace("Chaos Mesh", $"{pod.Count()} processes called pause are in one pod ({Path.GetFileName(pod.Key)}), and one is its own: its containers may have been replaced",
            $"ps -fp {string.Join(',', pod.Order())}");

    private static string Cgroup(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/cgroup").Select(line => line[(line.LastIndexOf(':') + 1)..]).FirstOrDefault(path => path.Contains("kubepods", StringComparison.Ordinal), "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
