using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Lowers one soft limit of some processes. The kernel checks it in that process alone, so there are no bystanders; the hard limit is never touched.</summary>
internal abstract class LimitFault : HostFault
{
    public override string Capability => "CAP_SYS_RESOURCE";

    /// <summary>RLIMIT_ number.</summary>
    protected abstract int Resource { get; }

    /// <summary>The name that <c>prlimit</c> has for it.</summary>
    protected abstract string LimitName { get; }

    /// <summary>To what the soft limit is lowered so that this many more are allowed.</summary>
    protected abstract ulong Lowered(ProcessIdentity process, long left);

    public override Preparation Prepare(FaultRequest request)
    {
        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        Dictionary<string, string> undo = [];
        ProcessPick.Capture(processes, undo);
        List<string> limits = [];
        foreach (var process in processes)
        {
            var (before, lowered) = (Read(process.Pid), Lowered(process, request.Number("left")));
            if (before is not { } limit || lowered >= limit.Soft)
            {
                throw new AgentException("CRT5732", ExitCodes.Host,
                    $"Process {process.Pid} has a limit of {before?.Soft.ToString(CultureInfo.InvariantCulture) ?? "?"} already, and {lowered} would not be lower. Ask for fewer with --left; look with: prlimit --pid {process.Pid} --{LimitName}.");
            }

            limits.Add(string.Create(CultureInfo.InvariantCulture, $"{limit.Soft}:{limit.Hard}:{lowered}"));
        }

        undo["limits"] = string.Join(' ', limits);
        return new Preparation(undo, [.. processes.Select(process => $"limit:{LimitName}:{process}")],
            $"prlimit of {LimitName} to {string.Join(", ", processes.Zip(limits, (process, limit) => $"{limit.Split(':')[2]} (process {process.Pid})"))}.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var hit = 0;
        foreach (var (process, old, lowered) in Captured(undo))
        {
            hit += Set(process, old with { Soft = lowered }) ? 1 : 0;
        }

        return hit > 0 ? null : throw new AgentException("CRT5583", ExitCodes.NotInjected, "Every process that was picked had ended before it could be hit.");
    }

    public override Presence Look(UndoData undo) => Hit(undo).Any() ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        foreach (var (process, old) in Hit(undo).ToList())
        {
            Set(process, old);
        }
    }

    public override string Fingerprint(UndoData undo) => $"lowered={Hit(undo).Count()}";

    public override bool IsTargetGone(UndoData undo) => ProcessPick.Captured(undo).All(process => !process.IsAlive) && !Hit(undo).Any();

    public override string LookWith(UndoData undo) => $"prlimit --{LimitName} --pid {ProcessPick.Captured(undo)[0].Pid}";

    /// <summary>The processes that have the lowered limit now: those that were picked, and what they have started since.</summary>
    private IEnumerable<(ProcessIdentity Process, Libc.ResourceLimit Old)> Hit(UndoData undo)
    {
        var parents = ProcessStat.All().Where(stat => !stat.HasEnded).ToDictionary(stat => stat.Pid);
        foreach (var (picked, old, lowered) in Captured(undo))
        {
            var isAlive = picked.IsAlive;
            foreach (var stat in parents.Values.Where(stat => isAlive && Descends(stat, picked.Pid, parents) && Read(stat.Pid) == old with { Soft = lowered }))
            {
                yield return (new ProcessIdentity(stat.Pid, stat.StartTicks, picked.Boot), old);
            }
        }
    }

    private static bool Descends(ProcessStat stat, int from, Dictionary<int, ProcessStat> parents)
    {
        for (ProcessStat? at = stat; at is { } process; at = parents.TryGetValue(process.Parent, out var parent) ? parent : null)
        {
            if (process.Pid == from)
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<(ProcessIdentity Process, Libc.ResourceLimit Old, ulong Lowered)> Captured(UndoData undo) =>
        ProcessPick.Captured(undo).Zip(undo["limits"].Split(' '), (process, text) =>
            text.Split(':').Select(number => ulong.Parse(number, CultureInfo.InvariantCulture)).ToArray() is [var soft, var hard, var lowered]
                ? (process, new Libc.ResourceLimit(soft, hard), lowered)
                : throw new DamagedStateException("undo", $"{text} is no limit"));

    private unsafe Libc.ResourceLimit? Read(int pid)
    {
        Libc.ResourceLimit limit;
        return Libc.Limit(pid, Resource, null, &limit) == 0 ? limit : null;
    }

    /// <returns>False when that process is gone.</returns>
    private unsafe bool Set(ProcessIdentity process, Libc.ResourceLimit limit)
    {
        // The call knows pids only, so the process is told from a later one of its pid as shortly before as can be.
        using var handle = PidHandle.Open(process);
        if (handle is null)
        {
            return false;
        }

        if (Libc.Limit(process.Pid, Resource, &limit, null) == 0)
        {
            return true;
        }

        return Errno.Last == Errno.NoProcess ? false : throw new HostException($"The limit of process {process.Pid} could not be set", Errno.Last);
    }
}
