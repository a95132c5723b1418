using Crater.Agent.State;

namespace Crater.Agent.Faults.Containers;

/// <summary>Has a container's runtime end and forget it.</summary>
internal sealed class ContainerRemove : ContainerFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "container-remove",
        Family = "container",
        Summary = "Ends a container and removes it, with its writable layer.",
        Mechanism = "The runtime's own program (docker, podman, crictl, runc or crun), as an argument vector; in place when the container's first process has ended.",
        Ending = "Cannot be undone: what was written in the container and not to a volume is lost. With --recover-cmd a program of yours makes a new one, and its result counts.",
        Cannot = "It cannot bring the container back, nor the files of its writable layer.",
        Parameters = [RecoveryProgram.Parameter],
        Aliases = ["container-rm"],
    };

    public override string Explain() => ContainerTool.Explain("docker", "podman", "crictl", "runc", "crun");

    public override Preparation Prepare(FaultRequest request)
    {
        Dictionary<string, string> undo = [];
        RecoveryProgram.Capture(request, undo);
        return new Preparation(undo, Wants(request), string.Join(' ', ContainerTool.Remove(Named(request))));
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var place = Named(request);
        End(place, ContainerTool.Remove(place));
        return null;
    }

    public override void Recover(UndoData undo) => RecoveryProgram.Run(undo);
}
