using Crater.Lab.Api;
using Crater.Lab.Spawning;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Nodes;

/// <summary>Reads CPU and memory of every container from the kernel, and ends those that are larger than their limit.</summary>
internal sealed class ResourceSampler(TimeProvider clock)
{
    /// <summary>Short enough that a limit is felt before a runaway process hurts the machine; one look costs a few milliseconds.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<ContainerRun, (long Ticks, long At)> _before = [];

    /// <summary>What the last look found.</summary>
    public IReadOnlyList<ContainerUsage> Usage { get; private set; } = [];

    public async Task RunAsync(Func<IEnumerable<PodRun>> pods, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await NextAsync(timer, stop).ConfigureAwait(false))
        {
            Look(pods());
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Look(IEnumerable<PodRun> pods)
    {
        var all = ProcessStat.ReadAll();
        var now = clock.GetTimestamp();
        List<ContainerUsage> usage = [];
        HashSet<ContainerRun> seen = [];
        foreach (var (pod, container) in pods.SelectMany(pod => pod.All.Select(container => (pod, container))))
        {
            var processes = container.Roots.SelectMany(root => ProcessTree.Of(root, all)).DistinctBy(process => process.Pid).ToList();
            if (processes.Count == 0)
            {
                continue;
            }

            seen.Add(container);
            var bytes = ProcessStat.ResidentBytesOf(processes.Sum(process => process.ResidentPages));
            var cores = Cores(container, processes.Sum(process => process.CpuTicks), now);
            usage.Add(new ContainerUsage(pod.Object.Space(), pod.Object.Name(), container.Name, cores, bytes));
            if (Quantity.TryParse(pod.Spec(container.Name).Text("resources", "limits", "memory"), out var limit) && limit > 0 && bytes > limit)
            {
                _ = container.KillForMemoryAsync();
            }
        }

        Usage = usage;
        foreach (var gone in _before.Keys.Where(container => !seen.Contains(container)).ToList())
        {
            _before.Remove(gone);
        }
    }

    private double Cores(ContainerRun container, long ticks, long now)
    {
        var cores = 0d;
        if (_before.TryGetValue(container, out var before) && clock.GetElapsedTime(before.At, now) is { TotalSeconds: > 0 } span)
        {
            // A process that ended takes its time with it; the sum can shrink.
            cores = Math.Max(0, ticks - before.Ticks) / ProcessStat.TicksPerSecond / span.TotalSeconds;
        }

        _before[container] = (ticks, now);
        return cores;
    }
}
