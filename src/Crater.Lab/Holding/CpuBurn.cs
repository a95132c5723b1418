using System.Globalization;
using Crater.Lab.Nodes;

namespace Crater.Lab.Holding;

/// <summary>One busy process for each core, in the pod's first running container.</summary>
internal sealed class CpuBurn(Machine machine, IReadOnlyList<string> tool, double percent, double cores) : ExtraProcesses(machine, tool)
{
    public override string Mechanism => "processes in the container that hold their share of a core by their measured CPU time";

    public override async Task PutOnAsync(PodRun pod, CancellationToken abort)
    {
        var container = ContainerOf(pod);
        for (var left = cores; left > 0.001; left--)
        {
            // Half a core is one process with half the share.
            var share = (percent * Math.Min(1, left)).ToString("0.##", CultureInfo.InvariantCulture);
            await StartAsync(container, ["burn", share], output: null).ConfigureAwait(false);
        }
    }
}
