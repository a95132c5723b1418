using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Containers;

/// <summary>Ends the first process of a container, and with it the container.</summary>
internal sealed class ContainerKill : ContainerFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "container-kill",
        Family = "container",
        Summary = "Ends a container by a signal to its first process.",
        Mechanism = "pidfd_send_signal to the container's first process, known by pid, start time and boot; with SIGKILL it is in place when that has ended. No runtime is asked.",
        Ending = "A moment, not a state: whoever runs containers here starts it anew, or nobody does. With --recover-cmd a program of yours brings it back, and its result counts.",
        Cannot = "It cannot bring a container back by itself. A signal other than 9 can be caught, and the first process of a container ignores what it does not handle.",
        Parameters = [new("signal", ParameterType.Integer, "The signal, by number.") { Short = 's', Min = 1, Max = 64, Default = "9" }, RecoveryProgram.Parameter],
    };

    public override Preparation Prepare(FaultRequest request)
    {
        Dictionary<string, string> undo = [];
        RecoveryProgram.Capture(request, undo);
        return new Preparation(undo, Wants(request), $"Signal {request.Text("signal")} to {Named(request).Process.Pid} by pidfd.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        Kill(Named(request), (int)request.Number("signal"));
        return null;
    }

    public override void Recover(UndoData undo) => RecoveryProgram.Run(undo);
}
