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

        foreach (var (tool, folder, pattern) in Files)
        {
            foreach (var entry in Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder, pattern) : [])
            {
                yield return new Trace(tool, $"{entry} is there", $"ls -ld {entry}");
            }
        }
    }
}
