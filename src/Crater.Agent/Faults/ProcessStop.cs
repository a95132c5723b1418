using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Freezes processes: they keep their connections and answer nothing.</summary>
internal sealed class ProcessStop : HostFault
{
    private static readonly TimeSpan StopBudget = TimeSpan.FromSeconds(5);

    public override FaultDescription Description { get; } = new()
    {
        Name = "process-stop",
        Family = "process",
        Summary = "Freezes processes: they keep their connections and answer nothing.",
        Mechanism = "SIGSTOP by pidfd to each process, known by pid, start time and boot; in place when the kernel shows each as stopped.",
        Ending = "Must be undone: SIGCONT to the same processes and to no later ones of their pids. One that has ended meanwhile is left alone.",
        Cannot = "It cannot stop what is already stopped, and a parent that watches for stopped children (a shell) notices.",
        Parameters = [.. ProcessPick.Parameters],
        OneOf = ProcessPick.OneOf,
        Aliases = ["process-pause"],
    };

    public override bool TakesPlace => true;

    public override string Capability => "CAP_KILL";

    public override Preparation Prepare(FaultRequest request)
    {
        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        foreach (var process in processes.Where(process => ProcessStat.Read(process.Pid) is { IsStopped: true }))
        {
            throw new AgentException("CRT5584", ExitCodes.Host, $"Process {process.Pid} is stopped already, by somebody else: starting it again at the end would not be as it was.");
        }

        Dictionary<string, string> undo = [];
        ProcessPick.Capture(processes, undo);
        return new Preparation(undo, [.. processes.Select(process => $"process:{process}")], $"SIGSTOP to {string.Join(", ", processes.Select(process => process.Pid))} by pidfd.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        var processes = ProcessPick.Captured(undo);
        var gone = 0;
        foreach (var process in processes)
        {
            var error = process.Signal(Libc.SignalStop);
            gone += error == Errno.NoProcess ? 1 : 0;
            if (error is not (0 or Errno.NoProcess))
            {
                throw new HostException($"Process {process.Pid} could not be stopped", error);
            }
        }

        if (gone == processes.Count)
        {
            throw new AgentException("CRT5583", ExitCodes.NotInjected, "Every process that was picked had ended before it could be stopped.");
        }

        return Until(processes) ? null : throw new AgentException("CRT5585", ExitCodes.NotInjected,
            $"Not every process stopped within {StopBudget.TotalSeconds} s; one of them waits for a device that does not answer.");
    }

    public override Presence Look(UndoData undo) => ProcessPick.Captured(undo).Any(IsStopped) ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        foreach (var process in ProcessPick.Captured(undo))
        {
            process.Signal(Libc.SignalContinue);
        }
    }

    public override string Fingerprint(UndoData undo) => $"stopped={ProcessPick.Captured(undo).Count(IsStopped)}";

    public override bool IsTargetGone(UndoData undo) => ProcessPick.Captured(undo).All(process => !process.IsAlive);

    public override string LookWith(UndoData undo) => $"ps -o pid,stat,args -p {string.Join(',', ProcessPick.Captured(undo).Select(process => process.Pid))}";

    private static bool IsStopped(ProcessIdentity process) => process.IsAlive && ProcessStat.Read(process.Pid) is { IsStopped: true };

    private static unsafe bool Until(IReadOnlyList<ProcessIdentity> processes)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (processes.Any(process => process.IsAlive && !IsStopped(process)))
        {
            if (TimeProvider.System.GetElapsedTime(began) > StopBudget)
            {
                return false;
            }

            _ = Libc.Poll(null, 0, 1);
        }

        return true;
    }
}
