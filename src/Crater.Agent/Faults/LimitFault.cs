using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// Lowers one soft limit of some processes, or of every process of a place. The kernel checks it in that process alone, so there are no bystanders; the hard limit is never touched.
/// </summary>
internal abstract class LimitFault : HostFault
{
    /// <summary>Who is born to a process that has its limit still has to be looked for once more; nobody is born faster than this often.</summary>
    private const int RoundsMax = 20;

    public override bool TakesPlace => true;

    public override string Capability => "CAP_SYS_RESOURCE";

    /// <summary>RLIMIT_ number.</summary>
    protected abstract int Resource { get; }

    /// <summary>The name that <c>prlimit</c> has for it.</summary>
    protected abstract string LimitName { get; }

    /// <summary>To what the soft limit is lowered so that this many more are allowed; null when the process has ended.</summary>
    protected abstract ulong? Lowered(ProcessIdentity process, long left);

    public override Preparation Prepare(FaultRequest request)
    {
        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        var isWhole = ProcessPick.IsWhole(request);
        List<ProcessIdentity> spared = [];
        List<(ProcessIdentity Process, string Limit)> found = [];
        foreach (var process in processes)
        {
            if (Lowered(process, request.Number("left")) is not { } lowered || Read(process.Pid) is not { } limit)
            {
                continue;       // it has ended
            }

            if (lowered < limit.Soft)
            {
                found.Add((process, string.Create(CultureInfo.InvariantCulture, $"{limit.Soft}:{limit.Hard}:{lowered}")));
                continue;
            }

            spared.Add(process);
            if (!isWhole || spared.Count == processes.Count)
            {
                throw new AgentException("CRT5732", ExitCodes.Host,
                    $"Process {process.Pid} has a limit of {limit.Soft} already, and {lowered} would not be lower. Ask for fewer with --left; look with: prlimit --pid {process.Pid} --{LimitName}.");
            }
        }

        if (found.Count == 0)
        {
            throw new AgentException("CRT5583", ExitCodes.Host, "Every process that was picked ended while it was looked at. Look with: ps -ef.");
        }

        Dictionary<string, string> undo = new() { ["limits"] = string.Join(' ', found.Select(one => one.Limit)), ["whole"] = isWhole ? "true" : "false", ["spared"] = string.Join(' ', spared) };
        ProcessPick.Capture([.. found.Select(one => one.Process)], undo);
        return new Preparation(undo, [.. found.Select(one => $"limit:{LimitName}:{one.Process}")],
            $"prlimit of {LimitName} to {string.Join(", ", found.Select(one => $"{one.Limit.Split(':')[2]} (process {one.Process.Pid})"))}.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var hit = 0;
        foreach (var (process, old, lowered) in Captured(undo))
        {
            hit += Set(process, old with { Soft = lowered }) ? 1 : 0;
        }

        for (var round = 0; undo["whole"] == "true" && round < RoundsMax && Newborn(undo).ToList() is { Count: > 0 } born; round++)
        {
            born.ForEach(one => Set(one.Process, one.Limit));
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

    /// <summary>
    /// The processes that have a lowered limit now: those that were picked, and what they have started since; of a whole place also those whose parents have ended meanwhile.
    /// </summary>
    private IEnumerable<(ProcessIdentity Process, Libc.ResourceLimit Old)> Hit(UndoData undo)
    {
        var all = ProcessStat.All().Where(stat => !stat.HasEnded).ToDictionary(stat => stat.Pid);
        var captured = Captured(undo).ToList();
        var alive = captured.Where(one => one.Process.IsAlive).ToList();
        var inside = undo["whole"] == "true" && undo.Place is { } place ? Members(place, undo) : [];
        foreach (var stat in all.Values)
        {
            var (family, isInside) = (alive.Where(one => Descends(stat, one.Process.Pid, all)).ToList(), inside.Contains(stat.Pid));
            if ((family.Count > 0 || isInside) && Read(stat.Pid) is { } now && (Find(family, now) ?? (isInside ? Find(captured, now) : null)) is { } old)
            {
                yield return (new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot), old);
            }
        }
    }

    /// <summary>Children that a process got after the place was looked at and before its own limit was lowered; each with the limit that its parent has now.</summary>
    private IEnumerable<(ProcessIdentity Process, Libc.ResourceLimit Limit)> Newborn(UndoData undo)
    {
        var captured = Captured(undo).ToList();
        var known = captured.Select(one => one.Process.Pid).ToHashSet();
        var inside = Members(undo.Place!, undo);
        foreach (var stat in ProcessStat.All().Where(stat => !stat.HasEnded && inside.Contains(stat.Pid) && !known.Contains(stat.Pid)))
        {
            if (inside.Contains(stat.Parent) && Read(stat.Parent) is { } parents && Find(captured, parents) is { } old && Read(stat.Pid) == old)
            {
                yield return (new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot), parents);
            }
        }
    }

    private static HashSet<int> Members(Place place, UndoData undo)
    {
        var spared = undo["spared"].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
        return [.. place.Members().Where(stat => !spared.Contains(new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot).ToString())).Select(stat => stat.Pid)];
    }

    private static Libc.ResourceLimit? Find(IEnumerable<(ProcessIdentity Process, Libc.ResourceLimit Old, ulong Lowered)> captured, Libc.ResourceLimit now)
    {
        foreach (var one in captured.Where(one => one.Old with { Soft = one.Lowered } == now))
        {
            return one.Old;
        }

        return null;
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

    /// <returns>Null when that process is gone.</returns>
    /// <exception cref="HostException">It is there, and its limit may not be looked at: that is no word on whether it is lowered.</exception>
    private unsafe Libc.ResourceLimit? Read(int pid)
    {
        Libc.ResourceLimit limit;
        return Libc.Limit(pid, Resource, null, &limit) == 0 ? limit
            : Errno.Last == Errno.NoProcess ? null
            : throw new HostException($"The {LimitName} limit of process {pid} could not be read", Errno.Last);
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
