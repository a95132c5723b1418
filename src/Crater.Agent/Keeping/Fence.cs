using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>Makes sure that a keeper can act no more before somebody else acts in its place: a stopped or slow one would put its fault on after it was taken off.</summary>
internal static class Fence
{
    /// <summary>How long the kernel may take to carry out a kill; a process in uninterruptible sleep can take for ever.</summary>
    private static readonly TimeSpan KillBudget = TimeSpan.FromSeconds(5);

    /// <summary>Lets it recover by itself when it can, and ends it when it does not.</summary>
    /// <returns>Whether it has ended.</returns>
    public static bool Ask(ProcessIdentity? process, TimeSpan patience)
    {
        using var handle = process is { } known ? PidHandle.Open(known) : null;
        if (handle is null)
        {
            return true;
        }

        if (ProcessStat.Read(process!.Value.Pid) is { State: 'T' })
        {
            return Kill(handle);        // one that is stopped cannot do it by itself
        }

        _ = handle.Signal(Libc.SignalTerminate);
        return handle.Ends(patience) || Kill(handle);
    }

    /// <summary>The same for the keepers that were started for this uid, where nothing that could be read says which process it is.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool AskByName(string uid, TimeSpan patience)
    {
        var keepers = ProcessStat.All().Where(stat => stat.Pid != Libc.GetPid() && ProcessStat.CommandLine(stat.Pid).EndsWith($"craterd {KeptPair.KeeperRole} {uid}", StringComparison.Ordinal))
            .Select(stat => ProcessIdentity.Of(stat.Pid)).ToList();
        keepers.ForEach(keeper => Ask(keeper, patience));
        return keepers.Count > 0;
    }

    /// <summary>Ends it at once, stopped or not.</summary>
    public static bool Kill(ProcessIdentity? process)
    {
        using var handle = process is { } known ? PidHandle.Open(known) : null;
        return handle is null || Kill(handle);
    }

    private static bool Kill(PidHandle handle)
    {
        _ = handle.Signal(Libc.SignalKill);
        return handle.Ends(KillBudget);
    }
}
