using Crater.Lab.Nodes;
using Crater.Lab.Spawning;

namespace Crater.Lab.Holding;

/// <summary>Stops every process of a pod (SIGSTOP) and lets exactly those go on (SIGCONT).</summary>
internal sealed class ProcessStop : HeldFault
{
    private readonly Lock _gate = new();
    private readonly HashSet<ProcessId> _stopped = [];

    public override string Mechanism => "SIGSTOP of every process of the pod, SIGCONT to recover";

    public override string Exclusive => "processes";

    public override async Task PutOnAsync(PodRun pod, CancellationToken abort)
    {
        // A program that starts another one while it is stopped needs a second look.
        for (var round = 0; round < 5; round++)
        {
            var fresh = Processes(pod).Where(process => process.State != 'T').ToList();
            if (fresh.Count == 0)
            {
                break;
            }

            foreach (var process in fresh)
            {
                Stop(new ProcessId(process.Pid, process.StartTicks));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, abort).ConfigureAwait(false);
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
            var still = _stopped.Count(process => ProcessStat.Read(process.Pid) is { State: 'T' } stat && stat.StartTicks == process.StartTicks);
            return (still > 0, $"{still} of {_stopped.Count} processes that were stopped are in state T (stopped)");
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

    /// <summary>Known before it is stopped, so that it is never stopped without being known.</summary>
    private void Stop(ProcessId process)
    {
        lock (_gate)
        {
            _stopped.Add(process);
            process.Signal(Native.SigStop);
        }
    }
}
