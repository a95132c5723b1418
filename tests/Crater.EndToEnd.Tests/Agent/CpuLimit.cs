using Crater.Agent.Places;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A control group of the test's own, of version 1, with a third of a core for all in it and for what they start: a fault that takes every core takes no more than that from the machine.</summary>
internal sealed class CpuLimit : IDisposable
{
    private static int _number;

    private readonly string _top;
    private readonly string _folder;

    private CpuLimit(string top)
    {
        _top = top;
        _folder = Directory.CreateDirectory($"{top}/test-of-crater-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}").FullName;
        File.WriteAllText($"{_folder}/cpu.cfs_period_us", "30000");
        File.WriteAllText($"{_folder}/cpu.cfs_quota_us", "10000");
    }

    public static CpuLimit Of(IEnumerable<int> pids)
    {
        var mounts = Cgroups.Mounts();
        Assert.SkipUnless(mounts.TryGetValue("cpu", out var mount) && File.Exists($"{mount.Point}/cpu.cfs_quota_us"), "a control group of version 1 with the controller cpu is missing, which keeps a busy host from being this machine");
        var limit = new CpuLimit(mount.Point);
        foreach (var pid in pids)
        {
            Cgroups.Move(pid, limit._folder);
        }

        return limit;
    }

    public void Dispose() => Wait.UntilAsync(IsGone, "the control group is empty").GetAwaiter().GetResult();

    private bool IsGone()
    {
        foreach (var pid in Cgroups.Members(_folder))
        {
            try
            {
                Cgroups.Move(pid, _top);
            }
            catch (Crater.Agent.Host.HostException)
            {
                // It has ended meanwhile.
            }
        }

        try
        {
            Directory.Delete(_folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
