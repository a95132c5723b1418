using Crater.Agent.Host;
using Crater.Agent.Keeping;

namespace Crater.Agent.Faults;

/// <summary>
/// A program in a time namespace of its own. It is started by a child of the keeper that asks the kernel to be killed together with the keeper, and then becomes the tool that makes the namespace; the
/// tool asks the same for the program.
/// </summary>
internal sealed unsafe class SkewedProgram : IDisposable
{
    /// <summary>The role under which craterd starts itself for it.</summary>
    public const string Role = "skew";

    private const int DieWithParent = 1;    // PR_SET_PDEATHSIG
    private const int SetMask = 2;          // SIG_SETMASK

    private static readonly TimeSpan StartBudget = TimeSpan.FromSeconds(10);

    private readonly int _pid;

    private SkewedProgram(int pid) => _pid = pid;

    /// <summary>Returns when the program is in its namespace.</summary>
    /// <exception cref="AgentException">CRT5745: it is not, or ended at once.</exception>
    public static SkewedProgram Start(IReadOnlyList<string> vector)
    {
        var (channel, pid) = Channel.Start(Role);
        using (channel)
        {
            channel.Send(vector.Select((text, i) => new KeyValuePair<string, string>($"{i:D4}", text)).Append(new KeyValuePair<string, string>(ProcessIdentity.Parent, $"{Libc.GetPid()}")));
            var program = new SkewedProgram(pid);
            var began = TimeProvider.System.GetTimestamp();
            while (Of(Libc.GetPid()) is null)
            {
                if (TimeProvider.System.GetElapsedTime(began) > StartBudget || ProcessStat.Read(pid) is null or { HasEnded: true })
                {
                    program.Dispose();
                    throw new AgentException("CRT5745", ExitCodes.NotInjected, $"{vector[^1]} did not come to live in another time; it, or {vector[0]}, ended at once. Try it by hand: {string.Join(' ', vector)}");
                }

                _ = Libc.Poll(null, 0, 2);
            }

            return program;
        }
    }

    /// <summary>The process below this one that lives in another time than craterd; null when there is none.</summary>
    public static int? Of(int keeper)
    {
        var own = Time("self");
        var all = ProcessStat.All().Where(stat => !stat.HasEnded).ToList();
        foreach (var tool in all.Where(stat => stat.Parent == keeper))
        {
            foreach (var program in all.Where(stat => stat.Parent == tool.Pid && Time($"{stat.Pid}") is { Length: > 0 } time && time != own))
            {
                return program.Pid;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _ = Libc.Kill(_pid, Libc.SignalKill);
        _ = Libc.WaitPid(_pid, out _, 0);
    }

    /// <summary>What the child does: it becomes the tool.</summary>
    public static int Run(Channel keeper)
    {
        Spawner.DieWithParent();
        if (keeper.Receive(StartBudget) is not { } asked || !asked.Remove(ProcessIdentity.Parent, out var parent) || !ProcessIdentity.IsParent(parent))
        {
            return ExitCodes.Done;      // the keeper had ended before the kernel was asked for the same
        }

        var none = stackalloc byte[Libc.OpaqueSize];
        Spawner.SignalSet(none, []);
        _ = Libc.SignalMask(SetMask, none, null);
        Spawner.Become([.. asked.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value)]);
        return ExitCodes.NotInjected;
    }

    private static string Time(string pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/time").LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
