using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Places;

namespace Crater.Agent.Faults;

/// <summary>
/// A process that takes memory inside a control group until the kernel kills somebody there. It is a process of its own and the second that the kernel would take, so that whoever else is in
/// the group outlives it; and it dies with the keeper that started it.
/// </summary>
internal static unsafe class MemoryEater
{
    /// <summary>The role under which craterd starts itself for it.</summary>
    public const string Role = "eat";

    /// <summary>oom_score_adj of the one that is to go first: nobody can have more.</summary>
    public const int First = 1000;

    /// <summary>In a smaller group the process itself would be the one to kill: so much it has, with a reserve.</summary>
    public const long LimitMin = 64 << 20;

    private const int ReadWrite = 3;

    /// <summary>Private, of no file, and not counted as promised.</summary>
    private const int Anonymous = 0x4022;

    private const int NoHugePages = 15;
    private const long BulkStep = 1 << 20;

    /// <summary>So much is taken page by page, each followed by a look: a second kill would be one too many.</summary>
    private const long ScarceBytes = 8 << 20;

    private const long ReserveBytes = 4 << 20;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndBudget = TimeSpan.FromSeconds(10);

    /// <summary>Has memory taken in a group, and returns when the victim has ended and all of it is given back.</summary>
    /// <param name="most">More than this is never taken.</param>
    /// <exception cref="AgentException">CRT5738: nobody was killed; CRT5739: somebody else was.</exception>
    public static void Eat(MemoryGroup group, long most, PidHandle victim)
    {
        var kills = group.Kills;
        var (eater, pid) = Channel.Start(Role);
        using (eater)
        {
            eater.Send(new Dictionary<string, string> { ["group"] = group.Folder, ["unified"] = group.IsUnified ? "true" : "false", ["most"] = most.ToString(CultureInfo.InvariantCulture), [ProcessIdentity.Parent] = $"{Libc.GetPid()}" });
            _ = eater.Receive(Budget);
        }

        _ = Libc.Kill(pid, Libc.SignalKill);
        _ = Libc.WaitPid(pid, out _, 0);
        if (!victim.Ends(group.Kills > kills ? EndBudget : TimeSpan.Zero))
        {
            throw group.Kills > kills
                ? new AgentException("CRT5739", ExitCodes.NotInjected, $"The kernel killed in {group.Folder}, and not the process that was named. Look: dmesg | grep -i oom")
                : new AgentException("CRT5738", ExitCodes.NotInjected, $"Up to {most >> 20} MiB were taken in {group.Folder} and nobody was killed; the memory went to swap, or the limit was raised meanwhile.");
        }
    }

    /// <summary>What the process does: it joins, takes, and ends.</summary>
    public static int Run(Channel keeper)
    {
        Spawner.DieWithParent();
        if (keeper.Receive(Budget) is not { } asked || !ProcessIdentity.IsParent(asked[ProcessIdentity.Parent]))
        {
            return ExitCodes.Done;      // the keeper had ended before its end could be noticed
        }

        // What it has itself counts too, so the second place is that much below the first.
        var second = First - 1 - ((MemoryState.OfThisProcess() + ScarceBytes + ReserveBytes) * First / long.Parse(asked["most"], CultureInfo.InvariantCulture));
        File.WriteAllText("/proc/self/oom_score_adj", Math.Max(0, second).ToString(CultureInfo.InvariantCulture));
        var group = new MemoryGroup(asked["group"], asked["unified"] == "true");
        var most = long.Parse(asked["most"], CultureInfo.InvariantCulture);
        var scarce = Math.Max(0, most - group.Used - ScarceBytes);
        using var kills = new Descriptor(Libc.Open($"{group.Folder}/{group.KillFile}", Libc.ReadOnly | Libc.CloseOnExec, 0));
        Take(group, kills, most, scarce);
        return ExitCodes.Done;
    }

    // From the moment of joining nothing may be allocated but what is meant to be: at the brim every allocation is a reason to kill. The bulk is a memory file, which is charged to the group and
    // makes no process look large; the last of it is the process's own, since that is what the kernel takes back within microseconds when it kills.
    private static void Take(MemoryGroup group, Descriptor kills, long most, long scarce)
    {
        var before = Count(kills);
        var page = Environment.SystemPageSize;
        using var bulk = new Descriptor(Libc.MemoryFile("crater-memory-oom", 1 /* close on exec */));
        var rest = (byte*)Libc.Map(0, (nuint)(most - scarce), ReadWrite, Anonymous, -1, 0);
        if ((nint)rest == -1)
        {
            return;
        }

        _ = Libc.Advise((nint)rest, (nuint)(most - scarce), NoHugePages);
        Cgroups.Move(Libc.GetPid(), group.Folder);
        for (long at = 0; at < scarce && Count(kills) == before; at += BulkStep)
        {
            _ = Libc.Allocate(bulk.Number, 0, at, Math.Min(BulkStep, scarce - at));
        }

        for (long at = 0; at < most - scarce && Count(kills) == before; at += page)
        {
            rest[at] = 1;
        }
    }

    private static int Count(Descriptor kills)
    {
        const int Room = 4096;
        var buffer = stackalloc byte[Room];
        var text = new ReadOnlySpan<byte>(buffer, (int)Math.Max(0, Libc.ReadAt(kills.Number, buffer, Room, 0)));
        var count = 0;
        for (var at = text.IndexOf("oom_kill "u8) + "oom_kill ".Length; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            count = (count * 10) + text[at] - '0';
        }

        return count;
    }
}
