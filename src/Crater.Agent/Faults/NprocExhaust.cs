using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Lets processes start no more processes and threads.</summary>
internal sealed class NprocExhaust : GroupFault
{
    private const string Limit = "pids.max";

    public override FaultDescription Description { get; } = new()
    {
        Name = "nproc-exhaust",
        Family = "kernel",
        Summary = "Lets processes start no more processes and threads: the next fork is refused (EAGAIN).",
        Mechanism = "A cgroup of the injection's own with pids.max, into which the processes are moved; it counts them alone, so nobody else on the host runs short. For a whole place (neither --pid nor --key) it is pids.max of the place's own cgroup. It takes root and the pids controller.",
        Ending = GroupEnding,
        Cannot = "The process table of the host and the quota of a user are not filled: that would hit everybody. In cgroup version 2 picked processes leave the limits of their own cgroup meanwhile, and whoever watches that cgroup (systemd) sees them gone from it. " +
            "A runtime may still put a process into a whole place (docker exec), which then starts no other. " + GroupLimits,
        Parameters =
        [
            .. ProcessPick.Parameters,
            new("left", ParameterType.Integer, "How many more may be started; whoever ends makes room for another, unless it is 0.") { Unit = "tasks", Max = 1_000_000, Default = "0", Aliases = ["count"], Short = 'c' },
        ],
        OneOf = ProcessPick.OneOf,
        TakesWhole = true,
        Aliases = ["kernel-nproc"],
    };

    public override string Check() => $"pids.max in cgroup version {(Hierarchy().IsUnified ? 2 : 1)}.";

    public override Preparation Prepare(FaultRequest request)
    {
        var hierarchy = Hierarchy();
        Dictionary<string, string> undo = [];
        if (ProcessPick.IsWhole(request))
        {
            var group = request.Place!.Cgroup(hierarchy.Controller);
            var limit = PlaceLimits.Of(group, Limit);
            var tasks = Tasks(group) ?? request.Place.Members().Count();
            return limit.Lower(tasks + request.Number("left")) != limit.Old
                ? new Preparation(undo, PlaceLimits.Capture(hierarchy, request.Place, [limit], undo), Told(request, group, hierarchy))
                : throw new AgentException("CRT5732", ExitCodes.Host, $"{request.Place.Asked} may have {limit.Old} tasks and has {tasks}, so that {request.Text("left")} more would not be fewer than now. Ask for fewer with --left; look with: cat {group}/{Limit}.");
        }

        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        var claims = OwnCgroup.Capture(hierarchy, request.Uid, processes, undo);
        return new Preparation(undo, claims, Told(request, undo["cgroup"], hierarchy));
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var limit = PlaceLimits.AreIn(undo) ? PlaceLimits.Limits(undo)[0] : null;
        if (limit is null)
        {
            OwnCgroup.Enter(undo, []);
        }
        else
        {
            PlaceLimits.SwitchOn(undo);
        }

        // Only now nobody can come in any more but by being born inside, and from here on nobody is. With none left it stays so: counted to what runs just now,
        // a process that is about to end would make room for another.
        var group = limit?.Folder ?? undo["cgroup"];
        CgroupHierarchy.Write(group, Limit, "0");
        if (request.Number("left") > 0)
        {
            var most = Tasks(group)!.Value + request.Number("left");
            CgroupHierarchy.Write(group, Limit, limit?.Lower(most) ?? most.ToString(CultureInfo.InvariantCulture));
        }

        return null;
    }

    protected override IEnumerable<(string File, string Value)> Lifted(UndoData undo) => [(Limit, "max")];

    protected override CgroupHierarchy Hierarchy() => CgroupHierarchy.Of("nproc-exhaust", "pids", "pids");

    private static string Told(FaultRequest request, string group, CgroupHierarchy hierarchy) =>
        $"pids.max of {group} (cgroup version {(hierarchy.IsUnified ? 2 : 1)}) is {(request.Number("left") > 0 ? $"what is running there and {request.Text("left")} more" : "0")}.";

    /// <summary>How many tasks a group has; null where the controller is off.</summary>
    private static long? Tasks(string group) => File.Exists($"{group}/pids.current") ? long.Parse(File.ReadAllText($"{group}/pids.current"), CultureInfo.InvariantCulture) : null;
}
