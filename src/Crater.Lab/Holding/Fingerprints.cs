using Crater.Lab.Network;
using Crater.Lab.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Holding;

/// <summary>The state that is compared before and after a fault of the lab, as canonical text.</summary>
internal static class Fingerprints
{
    /// <param name="pod">Null when the pod is gone: then nothing of a fault can be on it.</param>
    /// <param name="others">Other injections in place on the pod; what they have put there is theirs and not counted.</param>
    public static string Of(string fault, PodRun? pod, Edges edges, IReadOnlyCollection<HeldInjection> others)
    {
        if (fault == "process-stop")
        {
            var stopped = pod is null ? 0 : ProcessStop.Processes(pod).Count(process =>
                process.State == 'T' && !others.Any(other => other.Fault is ProcessStop stop && stop.HasStopped(process)));
            return $"stopped={stopped}";
        }

        if (fault is "cpu-burn" or "memory-fill")
        {
            var extras = pod?.All.SelectMany(container => container.Extras).Count(extra =>
                extra.IsAlive && !others.Any(other => other.Fault is ExtraProcesses processes && processes.Has(extra))) ?? 0;
            return $"extra-processes={extras}";
        }

        var rules = pod is null ? [] : edges.On(pod.Object.Uid()).Where(id => !others.Any(other => other.Id == id));
        return $"rules={string.Join(',', rules.Order(StringComparer.Ordinal))}";
    }
}
