using Crater.Lab.Nodes;
using Crater.Lab.Spawning;

namespace Crater.Lab.Holding;

/// <summary>Stops every process of a pod (SIGSTOP) and lets exactly those go on (SIGCONT).</summary>
internal sealed class ProcessStop(TimeProvider clock) : HeldFault
{
    private readonly Lock _gate = new();
    private readonly HashSet<ProcessId> _stopped = [];
    private bool _isTakenOff;

    public override string Mechanism => "SIGSTOP of every process of the pod, SIGCONT to recover";

    public override string Exclusive => "processes";

    public override async Task PutOnAsync(PodRun pod, CancellationToken abort)
    {
        // A process stops only when it next gets the processor, and one that starts another while it stops needs a second look.
        var began = clock.GetTimestamp();
        while (Processes(pod).Where(process => process.State != 'T').ToList() is { Count: > 0 } fresh)
        {
            foreach (var process in fresh)
            {
                Stop(new ProcessId(process.Pid, process.StartTicks));
            }

            if (clock.GetElapsedTime(began) > Limits.StopPatience)
            {
                throw new Diagnostics.CraterException("CRT6714", $"{fresh.Count} processes of the pod did not stop within {Limits.StopPatience.TotalSeconds:0} s of SIGSTOP.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), clock, abort).ConfigureAwait(false);
        }

        if (_stopped.Count == 0)
        {
            throw new Diagnostics.CraterException("CRT6706", $"Pod {pod.Object["metadata"]!["name"]} has no running process to stop; wait until it runs.");
        }
    }

    public override Task TakeOffAsync()
    {
        lock (_gate)
        {
            _isTakenOff = true;
            foreach (var process in _stopped)
            {
                process.Signal(Native.SigCont);
            }
        }

        return Task.CompletedTask;
    }

    public override (bool IsPresent, string Seen) Look()
    {
        lock (_gate)
        {
            // A signal is on its way until the process has had the processor: sent and not taken back is there.
            var still = _stopped.Count(process => ProcessStat.Read(process.Pid) is { } stat && stat.StartTicks == process.StartTicks
                && (stat.State == 'T' || (!_isTakenOff && stat.State is not ('Z' or 'X'))));
            return (still > 0, $"{still} of {_stopped.Count} processes that were sent SIGSTOP are stopped");
        }
    }

    /// <summary>The pod's own processes, without what other faults have added to it.</summary>
    internal static IReadOnlyList<ProcessStat> Processes(PodRun pod)
    {
        var all = ProcessStat.ReadAll();
        return [.. pod.All.Select(container => container.Process?.Id).OfType<ProcessId>().SelectMany(root => ProcessTree.Of(root, all)).DistinctBy(process => process.Pid)];
    }

    internal bool HasStopped(ProcessStat process)
    {
        lock (_gate)
        {
            return _stopped.Contains(new ProcessId(process.Pid, process.StartTicks));
        }
    }

    private void Stop(ProcessId process)
    {
        lock (_gate)
        {
            // Known before it is stopped, and not stopped any more once the taking off has begun.
            if (!_isTakenOff)
            {
                _stopped.Add(process);
                process.Signal(Native.SigStop);
            }
        }
    }
}
