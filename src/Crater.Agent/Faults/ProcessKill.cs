using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Sends processes a signal that ends them.</summary>
internal sealed class ProcessKill : HostFault
{
    /// <summary>How long a killed process may take to be gone; one that waits for a dead disk takes longer, and the kill stands all the same.</summary>
    private static readonly TimeSpan EndBudget = TimeSpan.FromSeconds(5);

    public override FaultDescription Description { get; } = new()
    {
        Name = "process-kill",
        Family = "process",
        Summary = "Ends processes with a signal.",
        Mechanism = "pidfd_send_signal to each process, known by pid, start time and boot; with SIGKILL it is in place when each has ended.",
        Ending = "A moment, not a state: nothing stays in place. With --recover-cmd a program of yours brings the process back, and its result counts.",
        Cannot = "It cannot bring a process back by itself, and cannot tell whether a supervisor did.",
        Parameters =
        [
            .. ProcessPick.Parameters,
            new("signal", ParameterType.Integer, "The signal, by number.") { Short = 's', Min = 1, Max = 64, Default = "9" },
            RecoveryProgram.Parameter,
        ],
        OneOf = ProcessPick.OneOf,
        Aliases = ["kill-process"],
    };

    public override bool TakesPlace => true;

    public override string Capability => "CAP_KILL";

    public override Preparation Prepare(FaultRequest request)
    {
        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        Dictionary<string, string> undo = [];
        ProcessPick.Capture(processes, undo);
        RecoveryProgram.Capture(request, undo);
        return new Preparation(undo, [.. processes.Select(process => $"process:{process}")], $"Signal {request.Text("signal")} to {string.Join(", ", processes.Select(process => process.Pid))} by pidfd.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var signal = (int)request.Number("signal");
        var gone = 0;
        foreach (var process in ProcessPick.Captured(undo))
        {
            using var handle = PidHandle.Open(process);
            var error = handle?.Signal(signal) ?? Errno.NoProcess;
            gone += error == Errno.NoProcess ? 1 : 0;
            if (error is not (0 or Errno.NoProcess))
            {
                throw new HostException($"Process {process.Pid} could not be signalled", error);
            }

            if (signal == Libc.SignalKill)
            {
                handle?.Ends(EndBudget);
            }
        }

        return gone < ProcessPick.Captured(undo).Count ? null : throw new AgentException("CRT5583", ExitCodes.NotInjected, "Every process that was picked had ended before it could be signalled.");
    }

    public override Presence Look(UndoData undo) => Presence.Absent;

    public override void Recover(UndoData undo) => RecoveryProgram.Run(undo);

    public override string Fingerprint(UndoData undo) => "held=nothing";

    public override string LookWith(UndoData undo) => $"ls {undo.Folder}; ps -ef";
}
