using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Lets a process be killed for want of memory, by the kernel and in its own control group.</summary>
internal sealed class MemoryOom : HostFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "memory-oom",
        Family = "memory",
        Summary = "Lets a process run out of memory: the kernel's out-of-memory killer takes it.",
        Mechanism = "A process of craterd's own joins the control group of the target, where memory has a limit, and takes memory until the kernel kills there. The target gets the highest oom_score_adj, and the taker the next, so that the kernel takes them in this order and nobody else; at the first kill the taker ends.",
        Ending = "A moment, not a state: the taker has ended and everything is given back before success is reported. What is undone is oom_score_adj, where the process survived.",
        Cannot = "It is refused where no control group limits the memory of the process, or the host has less than is left to that limit: then the kernel would choose among everybody. It is refused where another process of the group would be killed as soon. Where the group has swap, memory of its other processes may be moved there. Children that the process starts in that second inherit its oom_score_adj.",
        Parameters = [new("pid", ParameterType.Integer, "The process that is to be killed; in a place by the number that it has there, and its first process when left out.") { Short = 'p', Min = 2, Max = int.MaxValue }, ProcessPick.Start],
        Aliases = ["mem-oom"],
    };

    public override bool TakesPlace => true;

    public override string Capability => "CAP_SYS_RESOURCE";

    public override string Check() => $"Memory of the target's control group, version {(Hierarchy().IsUnified ? 2 : 1)}.";

    public override Preparation Prepare(FaultRequest request)
    {
        var hierarchy = Hierarchy();
        var victim = Victim(request);
        var folder = hierarchy.FolderOf(victim.Pid) ?? throw Unbounded($"the control group of process {victim.Pid} cannot be seen from here");
        var group = new MemoryGroup(folder, hierarchy.IsUnified);
        var scope = Scope(group, hierarchy, victim);
        if (request.Place is { } place && !Cgroups.IsBelow(scope.Folder, place.Cgroup("memory")))
        {
            throw Unbounded($"{scope.Folder}, which is outside {place.Asked}, would reach its limit first, so its neighbours could be killed");
        }

        RefuseRivals(scope, victim);
        var undo = new Dictionary<string, string>
        {
            ["group"] = folder,
            ["unified"] = hierarchy.IsUnified ? "true" : "false",
            ["limit"] = scope.Limit!.Value.ToString(CultureInfo.InvariantCulture),
            ["score"] = Score(victim.Pid),
        };
        ProcessPick.Capture([victim], undo);
        return new Preparation(undo, [$"process:{victim}", $"memory:{scope.Folder}"],
            $"Memory in {folder} up to the limit of {scope.Folder} ({scope.Limit >> 20} MiB), process {victim.Pid} first{(group.IsKilledWhole ? ", and with it everybody in its group (memory.oom.group)" : "")}.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var victim = ProcessPick.Captured(undo)[0];
        using var handle = PidHandle.Open(victim) ?? throw new AgentException("CRT5583", ExitCodes.NotInjected, $"Process {victim.Pid} ended before it could be hit.");
        SetScore(victim.Pid, MemoryEater.First.ToString(CultureInfo.InvariantCulture));
        MemoryEater.Eat(new MemoryGroup(undo["group"], undo["unified"] == "true"), undo.Number("limit"), handle);
        return null;
    }

    public override Presence Look(UndoData undo) => IsMarked(undo) ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (IsMarked(undo))
        {
            SetScore(ProcessPick.Captured(undo)[0].Pid, undo["score"]);
        }
    }

    public override string Fingerprint(UndoData undo) => $"marked={(IsMarked(undo) ? 1 : 0)}";

    public override bool IsTargetGone(UndoData undo) => !ProcessPick.Captured(undo)[0].IsAlive;

    public override string LookWith(UndoData undo) => $"cat /proc/{ProcessPick.Captured(undo)[0].Pid}/oom_score_adj {undo["group"]}/cgroup.procs";

    private static CgroupHierarchy Hierarchy() => CgroupHierarchy.Of("memory-oom", "memory", "memory");

    private static ProcessIdentity Victim(FaultRequest request)
    {
        if (!request.Has("pid") && request.Place is null)
        {
            throw new AgentException("CRT5505", ExitCodes.Usage, "memory-oom needs --pid, or a container whose first process it is to be.");
        }

        var victim = request.Has("pid") ? ProcessPick.Find(request)[0] : request.Place!.Process;
        ProcessPick.RefuseForeign([victim]);
        return victim;
    }

    /// <summary>The group whose limit is reached first: within it the kernel chooses whom to kill.</summary>
    private static MemoryGroup Scope(MemoryGroup group, CgroupHierarchy hierarchy, ProcessIdentity victim)
    {
        var scope = group.Around(hierarchy.Top).Where(around => around.Limit is not null).MinBy(around => around.Limit - around.Used)
            ?? throw Unbounded($"nothing limits the memory of process {victim.Pid} but the host's own, so anybody could be killed");
        var (left, available) = (scope.Limit!.Value - scope.Used, MemoryState.OfHost().Available);
        return left > available - Limits.ReserveBytes ? throw Unbounded($"{left >> 20} MiB are left to {scope.Folder}, and {available >> 20} MiB to the host: that would run out first, and anybody could be killed")
            : scope.Slowing < scope.Limit ? throw Unbounded($"{scope.Folder} slows processes down from {scope.Slowing >> 20} MiB on (memory.high), so nobody would come to be killed")
            : scope.IsKillingOff ? throw Unbounded($"{scope.Folder} lets processes wait instead of killing them (memory.oom_control)")
            : scope.Limit < MemoryEater.LimitMin ? throw Unbounded($"{scope.Folder} may have {scope.Limit >> 20} MiB, and below {MemoryEater.LimitMin >> 20} MiB craterd's own process would be killed first")
            : scope;
    }

    // What the kernel weighs: resident and swapped memory, and oom_score_adj in thousandths of the limit.
    private static void RefuseRivals(MemoryGroup scope, ProcessIdentity victim)
    {
        foreach (var pid in scope.Members.Where(pid => pid != victim.Pid))
        {
            if (MemoryState.OfProcess(pid) is { } used && int.TryParse(Score(pid), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var score)
                && used + (score * scope.Limit / MemoryEater.First) >= scope.Limit * 9 / 10)
            {
                throw Unbounded($"process {pid} of the same group, with oom_score_adj {score}, would be killed as soon as {victim.Pid}");
            }
        }
    }

    private static bool IsMarked(UndoData undo) => ProcessPick.Captured(undo)[0] is { IsAlive: true } victim && Score(victim.Pid) != undo["score"];

    private static string Score(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/oom_score_adj").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void SetScore(int pid, string score) => Descriptor.Tell($"/proc/{pid}/oom_score_adj", score);

    private static AgentException Unbounded(string why) => new("CRT5737", ExitCodes.Host,
        $"memory-oom is refused, since it could not be kept to its target: {why}. Put the process into a control group or container with a limit on memory.");
}
