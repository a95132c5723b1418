using System.Globalization;
using Crater.Diagnostics;
using Crater.Lab.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Holding;

/// <summary>A process in the container that holds memory; in place only once every page is resident.</summary>
/// <param name="percent">Of the container's memory limit, all its processes together; null when <paramref name="bytes"/> is given.</param>
internal sealed class MemoryFill(Machine machine, IReadOnlyList<string> tool, double? percent, long? bytes) : ExtraProcesses(machine, tool)
{
    private readonly Machine _machine = machine;

    private bool _hasKilled;

    public override bool HasLeftItsMark => _hasKilled;

    public override string Mechanism => "a process in the container that writes to every page it holds";

    public override async Task PutOnAsync(PodRun pod, CancellationToken abort)
    {
        var container = ContainerOf(pod);
        var size = bytes ?? SizeOf(pod, container);
        var file = Path.Combine(pod.Folder, $"fill-{_machine.Clock.GetTimestamp()}.log");
        var since = _machine.Clock.GetUtcNow();
        using var log = new ContainerLog(file, _machine.Clock);
        await StartAsync(container, ["fill", size.ToString(CultureInfo.InvariantCulture)], log).ConfigureAwait(false);
        var began = _machine.Clock.GetTimestamp();
        while (!(await ReadAsync(file, abort).ConfigureAwait(false)).Contains(Filler.Ready, StringComparison.Ordinal))
        {
            if (!Look().IsPresent && await WasKilledForMemoryAsync(container, since, abort).ConfigureAwait(false))
            {
                // It did what it was asked for: the container went over its limit.
                _hasKilled = true;
                return;
            }

            if (!Look().IsPresent || _machine.Clock.GetElapsedTime(began) > Limits.FillPatience)
            {
                throw new CraterException("CRT6708", $"{size} bytes could not be made resident within {Limits.FillPatience.TotalSeconds:0} s; ask for less memory.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), _machine.Clock, abort).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the end of the worker was the end of the whole container; its worker goes first and the container a moment later.</summary>
    private async Task<bool> WasKilledForMemoryAsync(ContainerRun container, DateTimeOffset since, CancellationToken abort)
    {
        var began = _machine.Clock.GetTimestamp();
        while (_machine.Clock.GetElapsedTime(began) < Limits.StopPatience)
        {
            if ((container.State as ContainerState.Terminated ?? container.Last) is { Reason: "OOMKilled" } end && end.Until >= since)
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), _machine.Clock, abort).ConfigureAwait(false);
        }

        return false;
    }

    private static async Task<string> ReadAsync(string file, CancellationToken abort)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync(abort).ConfigureAwait(false);
    }

    private long SizeOf(PodRun pod, ContainerRun container)
    {
        if (!Quantity.TryParse(pod.Spec(container.Name).Text("resources", "limits", "memory"), out var limit) || limit <= 0)
        {
            throw new CraterException("CRT6709", $"Container {container.Name} of pod {pod.Object.Name()} has no memory limit to take a percentage of; give 'bytes' instead of 'percent'.");
        }

        var all = Spawning.ProcessStat.ReadAll();
        var held = container.Roots.SelectMany(root => Spawning.ProcessTree.Of(root, all)).DistinctBy(process => process.Pid)
            .Sum(process => Spawning.ProcessStat.ResidentBytesOf(process.ResidentPages));
        return Math.Max(1024 * 1024, (long)(limit * (percent ?? 0) / 100) - held);
    }
}
