using System.Collections.Concurrent;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>
/// A driver of ours that puts no fault where another engine's is. Who may not look at the engines' objects is not kept from his own faults by it, since undo data and claims do not depend on them;
/// that nobody looked stands with the mechanism, in journal and report.
/// </summary>
internal sealed class NeighbourlyDriver(IDriver inner, EngineNeighbours neighbours) : DriverAround(inner), IDisposable
{
    private readonly ConcurrentDictionary<string, string> _unseen = new();

    public override async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        if (await neighbours.RefuseAsync(injection, abort) is { Length: > 0 } unseen)
        {
            _unseen[injection.Id] = unseen;
        }

        return await Inner.PrepareAsync(injection, abort);
    }

    public override async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var mechanism = await Inner.InjectAsync(injection, preparation, lease, abort);
        return _unseen.TryGetValue(injection.Id, out var unseen) ? $"{mechanism}; {unseen}" : mechanism;
    }

    public override Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        _unseen.TryRemove(injection.Id, out _);
        return Inner.RecoverAsync(injection, preparation, budget);
    }

    public void Dispose() => (Inner as IDisposable)?.Dispose();
}
