using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// One kind of fault on this host: two verbs, inject and recover, and what it takes to prove the second. Who calls them, when, and after which death, is the
/// business of <c>Keeping</c>. Everything but <see cref="Prepare"/> and <see cref="Inject"/> runs in any process, with the undo data alone.
/// </summary>
internal abstract class HostFault
{
    public abstract FaultDescription Description { get; }

    /// <summary>Whether it can be put into a container, the surroundings of a process or a control group (<see cref="FaultRequest.Place"/>); one that cannot is refused there.</summary>
    public virtual bool TakesPlace => false;

    /// <summary>Why it cannot be put into a place, as a clause; empty where it can.</summary>
    public virtual string NoPlaceSince => "";

    /// <summary>What this host has for it, tried out as far as that changes nothing.</summary>
    /// <returns>The mechanism that would be used.</returns>
    /// <exception cref="AgentException">It cannot be done here; the message says what is missing.</exception>
    public virtual string Check() => Description.Mechanism;

    /// <summary>The same for a person: which of its ways this host has, and what the others lack. May try more out than every injection should wait for.</summary>
    /// <exception cref="AgentException">It cannot be done here; the message says what is missing.</exception>
    public virtual string Explain() => Check();

    /// <summary>Claims that can be told from the request alone: who holds one of them is the better answer than what its fault did to the target.</summary>
    /// <exception cref="AgentException">The target cannot be named.</exception>
    public virtual IReadOnlyList<string> Wants(FaultRequest request) => [];

    /// <summary>Reads everything that recovery will need. Changes nothing.</summary>
    /// <exception cref="AgentException">It cannot be done to this target.</exception>
    public abstract Preparation Prepare(FaultRequest request);

    /// <summary>Puts it on, and returns when it is in place: every page resident, the port bound, the process stopped.</summary>
    /// <returns>What the keeper has to hold; disposing it takes the fault off. Null where nothing is held.</returns>
    /// <exception cref="AgentException">It failed, perhaps half-way; recovery follows.</exception>
    public abstract IDisposable? Inject(FaultRequest request, UndoData undo);

    /// <summary>Whether it is there now. Looks at the target and not at what craterd remembers.</summary>
    public abstract Presence Look(UndoData undo);

    /// <summary>Takes it off. Safe to repeat, safe when it was put on half or not at all, and safe when the target is gone. What is held is released already.</summary>
    public abstract void Recover(UndoData undo);

    /// <summary>
    /// Lets go of what could keep recovery itself from writing down what it does, before it writes anything. Without the injection's lock, in any process, as often as one likes;
    /// <see cref="Recover"/> follows, and is what counts.
    /// </summary>
    public virtual void LetGo(UndoData undo)
    {
        // Most faults are not in the way of a disk.
    }

    /// <summary>While it is on, a line may not reach the disk; so nobody waits for that one which says that it is on.</summary>
    public virtual bool HoldsDisks => false;

    /// <summary>What "as it was" means, as a few <c>key=value</c> pairs without times and secrets: taken before the act and compared afterwards.</summary>
    public abstract string Fingerprint(UndoData undo);

    /// <summary>The command with which a person can look.</summary>
    public abstract string LookWith(UndoData undo);

    /// <summary>Whether what was hit no longer exists, so that nothing can be on it and nothing can be put back.</summary>
    public virtual bool IsTargetGone(UndoData undo) => false;

    /// <summary>The capability that a user other than root lacks when the kernel says no; empty where it is a question of ownership alone.</summary>
    public virtual string Capability => "";

    /// <summary>Others wait for its keeper to do something, so that a keeper which is stopped stops them as well; its guardian does not wait for the deadline then.</summary>
    public virtual bool IsOnTheWay => false;

    /// <summary>How long its keeper may take to let go of what is held.</summary>
    public virtual TimeSpan LetGoTime(UndoData undo) => TimeSpan.Zero;
}

/// <summary>Is the fault there?</summary>
internal enum Presence { Absent, Present, Unknown }

/// <summary>What was found out before the act.</summary>
/// <param name="Undo">What recovery needs, by names of the fault's own.</param>
/// <param name="Claims">Keys of what nobody else may touch meanwhile; empty where the fault shares its resource.</param>
/// <param name="Mechanism">What will really be done here, in one sentence.</param>
internal sealed record Preparation(IReadOnlyDictionary<string, string> Undo, IReadOnlyList<string> Claims, string Mechanism);

/// <summary>
/// A fault whose effect is the keeper's own: its threads, its memory, its open files. The kernel takes it off when the keeper dies, whoever killed it, so there is
/// nothing to undo.
/// </summary>
internal abstract class HeldFault : HostFault
{
    /// <summary>
    /// The controllers of control groups that a place's limits on this fault belong to: the first has to be there, the others are joined where they are. With one of
    /// them, or with <see cref="IsOfNetwork"/>, the fault can be put into a place; <c>Keeping/Bearer.cs</c> carries it there.
    /// </summary>
    protected virtual IReadOnlyList<string> Controllers => [];

    /// <summary>What it takes belongs to a network namespace.</summary>
    protected virtual bool IsOfNetwork => false;

    public override bool TakesPlace => Controllers.Count > 0 || IsOfNetwork;

    /// <summary>Makes sure, before anything is written, that a place has what <see cref="Join"/> needs.</summary>
    /// <exception cref="AgentException">CRT5615: it has no control group of its own for it.</exception>
    public void RefuseWithoutGroups(Place place) => _ = place.Joined(Controllers);

    /// <summary>Does in small what <see cref="HostFault.Inject"/> will do, before the place's limits hold.</summary>
    public virtual void Rehearse()
    {
        // Most take no time worth it.
    }

    /// <summary>Takes the calling process, and the network of the calling thread, into a place.</summary>
    /// <exception cref="AgentException">CRT5615: the place has no control group of its own for it.</exception>
    /// <exception cref="HostException">The kernel said no.</exception>
    public virtual void Join(Place place)
    {
        if (IsOfNetwork)
        {
            NetworkNamespace.Enter(place.NetworkPath);
        }

        foreach (var folder in place.Joined(Controllers))
        {
            Cgroups.Move(Libc.GetPid(), folder);
        }
    }

    public sealed override Presence Look(UndoData undo)
    {
        var presence = Presence.Absent;
        foreach (var holder in undo.Place is null ? [undo.Holder] : Bearer.Of(undo))
        {
            var found = !holder.IsAlive ? Presence.Absent : IsHeldBy(holder, undo) switch { true => Presence.Present, false => Presence.Absent, null => Presence.Unknown };
            presence = found == Presence.Absent ? presence : found;
        }

        return presence;
    }

    public override void Recover(UndoData undo)
    {
        // Whoever recovers in the keeper's place has ended it already (Keeping/Fence.cs); the keeper itself has let go.
    }

    public override string Fingerprint(UndoData undo) => Look(undo) switch { Presence.Absent => "held=nothing", Presence.Present => "held=yes", _ => "held=unknown" };

    public override string LookWith(UndoData undo) => $"ps -o pid,stat,rss,time,args -p {undo.Holder.Pid}";

    /// <summary>Whether the living holder still has it; null when that cannot be seen.</summary>
    protected abstract bool? IsHeldBy(ProcessIdentity holder, UndoData undo);
}
