using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A control group of the test's own, of version 1, with or without a limit on memory.</summary>
internal sealed class MemoryLimit : IDisposable
{
    private const string Prefix = "test-of-crater-";

    private static int _number;

    private readonly string _folder = Directory.CreateDirectory($"/sys/fs/cgroup/memory/{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _number)}").FullName;

    /// <param name="mebibytes">Null for no limit.</param>
    public MemoryLimit(int? mebibytes)
    {
        if (mebibytes is { } limit)
        {
            File.WriteAllText($"{_folder}/memory.limit_in_bytes", $"{limit}M");
        }
    }

    public IReadOnlyList<string> Members => File.ReadAllLines($"{_folder}/cgroup.procs");

    /// <summary>Whether a process is in such a group, whoever made it.</summary>
    public static bool Holds(int pid) => File.ReadLines($"/proc/{pid}/cgroup").Any(line => line.Contains($":memory:/{Prefix}", StringComparison.Ordinal));

    public void Take(ProcessIdentity process) => File.WriteAllText($"{_folder}/cgroup.procs", $"{process.Pid}");

    public void Dispose()
    {
        Wait.UntilAsync(() => Members.All(Leaves) && Remove(_folder), "the control group is empty").GetAwaiter().GetResult();
    }

    private static bool Leaves(string pid)
    {
        try
        {
            File.WriteAllText("/sys/fs/cgroup/memory/cgroup.procs", pid);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
        }

        return true;
    }

    private static bool Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
