namespace Crater.Lab.Spawning;

/// <summary>All processes of one container: those of its session and every descendant of its first process.</summary>
internal static class ProcessTree
{
    /// <summary>Rounds of killing before giving up: a program that forks while it is killed needs more than one.</summary>
    private const int KillRoundsMax = 20;

    public static IReadOnlyList<ProcessStat> Of(ProcessId root) => Of(root, ProcessStat.ReadAll());

    /// <summary>From a reading of /proc that several containers share.</summary>
    public static IReadOnlyList<ProcessStat> Of(ProcessId root, IReadOnlyList<ProcessStat> all)
    {
        // The kernel gives a pid away again only when no session of that number is left: another process there means that ours are gone.
        if (all.Any(process => process.Pid == root.Pid && process.StartTicks != root.StartTicks))
        {
            return [];
        }

        HashSet<int> members = [root.Pid];
        bool grew;
        do
        {
            grew = false;
            foreach (var process in all)
            {
                if (process.Session == root.Pid || members.Contains(process.Parent))
                {
                    grew |= members.Add(process.Pid);
                }
            }
        }
        while (grew);

        return [.. all.Where(process => members.Contains(process.Pid) && process.State is not ('Z' or 'X'))];
    }

    /// <summary>Sends a signal to every process of the tree.</summary>
    public static void Signal(ProcessId root, int signal)
    {
        foreach (var process in Of(root))
        {
            new ProcessId(process.Pid, process.StartTicks).Signal(signal);
        }
    }

    /// <summary>Kills until nothing of the tree is left.</summary>
    /// <returns>Whether nothing is left.</returns>
    public static async Task<bool> KillAsync(ProcessId root, TimeProvider clock)
    {
        for (var round = 0; round < KillRoundsMax; round++)
        {
            var living = Of(root);
            if (living.Count == 0)
            {
                return true;
            }

            foreach (var process in living)
            {
                new ProcessId(process.Pid, process.StartTicks).Signal(Native.SigKill);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5 * (round + 1)), clock, CancellationToken.None).ConfigureAwait(false);
        }

        return Of(root).Count == 0;
    }
}
