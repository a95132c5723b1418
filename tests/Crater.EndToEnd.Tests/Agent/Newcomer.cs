using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A process of the test's own that takes the number of one that has ended: to whoever knows numbers only, it is the same one.</summary>
internal static class Newcomer
{
    private const string Python = "/usr/bin/python3";

    // clone3(2) with a number that was chosen; the child dies with this one, whom the playground ends.
    private const string Text = """
        import ctypes, os, struct, sys
        libc = ctypes.CDLL(None, use_errno=True)
        wanted = (ctypes.c_int * 1)(int(sys.argv[1]))
        child = libc.syscall(435, struct.pack("10Q", 0, 0, 0, 0, 17, 0, 0, 0, ctypes.addressof(wanted), 1), 80)
        if child == 0:
            libc.prctl(1, 9)
            os.execv(sys.argv[2], sys.argv[2:])
        if child < 0:
            sys.exit(os.strerror(ctypes.get_errno()))
        os.waitpid(child, 0)
        """;

    /// <param name="pid">Of nobody any more.</param>
    /// <param name="hasNetwork">Whether it gets a network namespace of its own, in which only the loopback is up.</param>
    public static async Task<ProcessIdentity> StartAsync(Playground playground, int pid, bool hasNetwork)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists(Python), "root or python3 is missing, with which a process gets the number of another one");
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{pid}"), $"the number {pid} is free");
        string[] sleep = hasNetwork ? ["/usr/bin/unshare", "-n", "/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; exec sleep 300"] : ["/bin/sleep", "300"];
        playground.StartVictim([Python, "-c", Text, $"{pid}", .. sleep]);
        await Wait.UntilAsync(() => ProcessStat.Read(pid) is { Name: "sleep" }, $"another process has the number {pid}");
        return ProcessIdentity.Of(pid)!.Value;
    }

    /// <summary>Whatever the faults can change of a process.</summary>
    public static string State(int pid) => string.Join('\n', (string[])
    [
        ProcessStat.Read(pid) is { IsStopped: true } ? "stopped" : "runs", File.ReadAllText($"/proc/{pid}/limits"), File.ReadAllText($"/proc/{pid}/cgroup"), File.ReadAllText($"/proc/{pid}/oom_score_adj"),
    ]);
}
