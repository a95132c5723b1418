using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Lets processes start no more processes and threads.</summary>
internal sealed class NprocExhaust : HostFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "nproc-exhaust",
        Family = "kernel",
        Summary = "Lets processes start no more processes and threads: the next fork is refused (EAGAIN).",
        Mechanism = "A cgroup of the injection's own with pids.max, into which the processes are moved; it counts them alone, so nobody else on the host runs short. It takes root and the pids controller.",
        Ending = "Must be undone: every process goes back to the cgroup that it came from, what they started goes with its parent, and the cgroup is removed.",
        Cannot = "The process table of the host and the quota of a user are not filled: that would hit everybody. In cgroup version 2 the processes leave the limits of their own cgroup meanwhile, and whoever watches that cgroup (systemd) sees them gone from it.",
        Parameters =
        [
            .. ProcessPick.Parameters,
            new("left", ParameterType.Integer, "How many more may be started; whoever ends makes room for another, unless it is 0.") { Unit = "tasks", Max = 1_000_000, Default = "0", Aliases = ["count"], Short = 'c' },
        ],
        OneOf = ProcessPick.OneOf,
        Aliases = ["kernel-nproc"],
    };

    public override string Capability => "CAP_SYS_ADMIN";

    public override string Check() => $"pids.max in cgroup version {(Hierarchy().IsUnified ? 2 : 1)}.";

    public override Preparation Prepare(FaultRequest request)
    {
        var hierarchy = Hierarchy();
        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        Dictionary<string, string> undo = [];
        var claims = OwnCgroup.Capture(hierarchy, request.Uid, processes, undo);
        return new Preparation(undo, claims, $"pids.max of {undo["cgroup"]} (cgroup version {(hierarchy.IsUnified ? 2 : 1)}) is {(request.Number("left") > 0 ? $"what is running there and {request.Text("left")} more" : "0")}.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        OwnCgroup.Enter(undo, []);
        // Only now nobody can come in any more but by being born inside, and from here on nobody is. With none left it stays so: counted to what runs just now,
        // a process that is about to end would make room for another.
        CgroupHierarchy.Write(undo["cgroup"], "pids.max", "0");
        if (request.Number("left") > 0)
        {
            var tasks = long.Parse(File.ReadAllText($"{undo["cgroup"]}/pids.current"), CultureInfo.InvariantCulture);
            CgroupHierarchy.Write(undo["cgroup"], "pids.max", (tasks + request.Number("left")).ToString(CultureInfo.InvariantCulture));
        }

        return null;
    }

    public override Presence Look(UndoData undo) => OwnCgroup.Look(undo);

    public override void Recover(UndoData undo) => OwnCgroup.Leave(undo, [("pids.max", "max")]);

    public override string Fingerprint(UndoData undo) => OwnCgroup.Fingerprint(undo);

    public override string LookWith(UndoData undo) => OwnCgroup.LookWith(undo);

    private static CgroupHierarchy Hierarchy() => CgroupHierarchy.Of("nproc-exhaust", "pids", "pids");
}
