using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Containers;

/// <summary>Stops everything in a container, and lets it go on afterwards.</summary>
internal sealed class ContainerPause : ContainerFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "container-pause",
        Family = "container",
        Summary = "Freezes everything in a container: connections stay, and nothing answers.",
        Mechanism = "The freezer of the container's control group (freezer.state of version 1, cgroup.freeze of version 2); in place when the kernel says that all of it stands still. No runtime is asked.",
        Ending = "Must be undone: the same control group is thawed, known by its inode. One that was removed, or made anew under the same name, is left alone.",
        Cannot = "It cannot pause what is paused already. A runtime shows the container as paused, and its own unpause ends the fault.",
    };

    public override string Capability => "CAP_DAC_OVERRIDE";

    public override Preparation Prepare(FaultRequest request)
    {
        var place = Named(request);
        // Version 2 freezes without any controller, also where version 1 has one of that name and the place is not in it.
        var folder = place.Cgroups.GetValueOrDefault("freezer") ?? place.Cgroups.GetValueOrDefault(Cgroups.Unified) ?? place.Cgroup("freezer");
        var freezer = Freezer.Of(folder) ?? throw new AgentException("CRT5623", ExitCodes.Host,
            $"The control group {folder} has no freezer (tried freezer.state and cgroup.freeze). It takes a kernel with CONFIG_CGROUP_FREEZER, or version 2 of control groups from 5.2 on.");
        if (freezer.IsAsked)
        {
            throw new AgentException("CRT5624", ExitCodes.Host, $"{place.Asked} is paused already, by somebody else: letting it go on at the end would not be as it was.");
        }

        var undo = new Dictionary<string, string> { ["freezer"] = folder, ["inode"] = FileState.Of(folder)?.Inode ?? "" };
        return new Preparation(undo, [.. Wants(request), $"freezer:{folder}"], $"The freezer of {folder}, version {(freezer.IsFirst ? 1 : 2)} of control groups.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo) => Now(undo) is { } freezer && freezer.Freeze() ? null
        : throw new AgentException("CRT5622", ExitCodes.NotInjected, $"Not everything in {request.Place?.Asked} stood still in time; something in it waits for a device that does not answer.");

    public override Presence Look(UndoData undo) => Now(undo) is { IsAsked: true } ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo) => Now(undo)?.Thaw();

    public override bool IsTargetGone(UndoData undo) => Now(undo) is null;

    public override string Fingerprint(UndoData undo) => $"frozen={(Look(undo) == Presence.Present ? "yes" : "no")} group={undo["inode"]}";

    public override string LookWith(UndoData undo) => $"cat {undo["freezer"]}/freezer.state {undo["freezer"]}/cgroup.freeze";

    // A container that was started anew has another group of the same name.
    private static Freezer? Now(UndoData undo) => undo.Place?.Process.Boot == BootClock.System.Boot && FileState.Of(undo["freezer"])?.Inode == undo["inode"] ? Freezer.Of(undo["freezer"]) : null;
}
