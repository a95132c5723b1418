using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Containers;

/// <summary>What the faults of a whole container share: they need one named, and nothing of them stays in place unless they say so.</summary>
internal abstract class ContainerFault : HostFault
{
    /// <summary>How long the container may take to be gone once it was told to go.</summary>
    private static readonly TimeSpan EndBudget = TimeSpan.FromSeconds(10);

    public sealed override bool TakesPlace => true;

    public override string Capability => "CAP_KILL";

    public sealed override IReadOnlyList<string> Wants(FaultRequest request) => [$"container:{Named(request).Process}"];

    public override Presence Look(UndoData undo) => Presence.Absent;

    public override void Recover(UndoData undo)
    {
        // Whoever runs containers here starts them anew, or nobody does; a death is not taken back.
    }

    public override string Fingerprint(UndoData undo) => "held=nothing";

    public override string LookWith(UndoData undo) => $"cat /proc/{undo.Place?.Process.Pid}/cgroup";

    /// <exception cref="AgentException">CRT5620: none is named.</exception>
    protected Place Named(FaultRequest request) => request.Place is { Container.Length: > 0 } or { IsGroup: true } ? request.Place
        : throw new AgentException("CRT5620", ExitCodes.Usage, $"{Description.Name} needs a container: --container ID, or --cgroup PATH where that is one.");

    /// <exception cref="AgentException">CRT5614: it was gone already.</exception>
    /// <exception cref="HostException">It cannot be signalled.</exception>
    protected static void Kill(Place place, int signal)
    {
        using var first = Hold(place);
        var error = first.Signal(signal);
        if (error != 0)
        {
            throw new HostException($"The first process of {place.Asked} could not be signalled", error);
        }

        if (signal == Libc.SignalKill)
        {
            RefuseAlive(place, first);
        }
    }

    /// <summary>Starts a program that ends the container, and returns when it has.</summary>
    /// <exception cref="AgentException">CRT5622: the program failed, or the container is still there.</exception>
    protected static void End(Place place, IReadOnlyList<string> vector)
    {
        using var first = Hold(place);
        if (RecoveryProgram.Start(vector) is not "0" and var words)
        {
            throw new AgentException("CRT5622", ExitCodes.NotInjected, $"'{string.Join(' ', vector)}' {words}. Try it by hand to see what it says.");
        }

        RefuseAlive(place, first);
    }

    private static PidHandle Hold(Place place)
    {
        var handle = PidHandle.Open(place.Process);
        if (handle is null)
        {
            place.RefuseGone(ExitCodes.NotInjected);
        }

        return handle!;
    }

    private static void RefuseAlive(Place place, PidHandle first)
    {
        if (!first.Ends(EndBudget))
        {
            throw new AgentException("CRT5622", ExitCodes.NotInjected, $"{place.Asked} was told to end, and its first process {place.Process.Pid} is there after {EndBudget.TotalSeconds} s; it may wait for a device that does not answer.");
        }
    }
}
