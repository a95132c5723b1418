using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// A fault that is a limit of a control group: for picked processes one of the injection's own (<see cref="OwnCgroup"/>), for a whole place the place's own (<see cref="PlaceLimits"/>).
/// </summary>
internal abstract class GroupFault : HostFault
{
    /// <summary>How it ends, in both cases.</summary>
    protected const string GroupEnding = "Must be undone: for picked processes the limits are lifted, every process goes back to the cgroup that it came from, what they started goes with its parent, and the cgroup is removed; " +
        "in a whole place each limit of its own cgroup is written back as it was.";

    /// <summary>What is so of a whole place.</summary>
    protected const string GroupLimits = "Of a whole place it is the place's own cgroup that is limited, never less than it was: who changes the same limit meanwhile (docker update) finds the old one afterwards.";

    public sealed override bool TakesPlace => true;

    public override string Capability => "CAP_SYS_ADMIN";

    public sealed override IReadOnlyList<string> Wants(FaultRequest request) => ProcessPick.IsWhole(request) ? PlaceLimits.Wants(Hierarchy(), request.Place!) : [];

    public sealed override Presence Look(UndoData undo) => PlaceLimits.AreIn(undo) ? PlaceLimits.Look(undo) : OwnCgroup.Look(undo);

    public sealed override void Recover(UndoData undo)
    {
        if (PlaceLimits.AreIn(undo))
        {
            PlaceLimits.Leave(undo);
            return;
        }

        // The limits first: what waits in them is let go, and only then can a process be moved or end.
        OwnCgroup.Leave(undo, Lifted(undo));
    }

    public sealed override bool IsTargetGone(UndoData undo) => PlaceLimits.AreIn(undo) && PlaceLimits.AreGone(undo);

    public sealed override string Fingerprint(UndoData undo) => PlaceLimits.AreIn(undo) ? PlaceLimits.Fingerprint(undo) : OwnCgroup.Fingerprint(undo);

    public sealed override string LookWith(UndoData undo) => PlaceLimits.AreIn(undo) ? PlaceLimits.LookWith(undo) : OwnCgroup.LookWith(undo);

    protected abstract CgroupHierarchy Hierarchy();

    /// <summary>What the limits of a group of the injection's own are set to, so that nothing waits in them any more.</summary>
    protected abstract IEnumerable<(string File, string Value)> Lifted(UndoData undo);
}
