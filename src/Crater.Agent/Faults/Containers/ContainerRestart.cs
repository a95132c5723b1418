using Crater.Agent.State;

namespace Crater.Agent.Faults.Containers;

/// <summary>Has a container's runtime end it and start it anew.</summary>
internal sealed class ContainerRestart : ContainerFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "container-restart",
        Family = "container",
        Summary = "Restarts a container.",
        Mechanism = "The runtime's own program, as an argument vector: restart of docker and podman; crictl stop where a kubelet starts another one. In place when the container's first process has ended.",
        Ending = "A moment, not a state: nothing stays in place.",
        Cannot = "runc and crun by themselves cannot restart. Whether the program in the container is ready again is for your probes to say.",
        Parameters = [new("wait-time", ParameterType.Integer, "How long the container has to end by itself before it is killed.") { Short = 'w', Unit = "seconds", Min = 0, Max = 20, Default = "10" }],
    };

    public override string Explain() => ContainerTool.Explain("docker", "podman", "crictl");

    public override Preparation Prepare(FaultRequest request) =>
        new(new Dictionary<string, string>(), Wants(request), string.Join(' ', ContainerTool.Restart(Named(request), request.Number("wait-time"))));

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var place = Named(request);
        End(place, ContainerTool.Restart(place, request.Number("wait-time")));
        return null;
    }
}
