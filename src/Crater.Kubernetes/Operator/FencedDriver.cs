using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;

namespace Crater.Kubernetes.Operator;

/// <summary>
/// A driver that injects only while this process leads. An injection that is under way when the leadership ends is given up before another process may lead;
/// recovery asks nobody.
/// </summary>
internal sealed class FencedDriver(IDriver inner, Leadership leadership, TimeProvider clock) : DriverAround(inner)
{
    public override async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        leadership.Demand();
        using var fence = new CancellationTokenSource(leadership.Left is { Ticks: > 0 } left ? left : TimeSpan.Zero, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, fence.Token, leadership.Lost);
        try
        {
            return await Inner.InjectAsync(injection, preparation, lease, either.Token);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            leadership.Demand();
            // Renewed in between, but this call took longer than it was good for: whether it was done is not known, so the run ends and recovers.
            throw new CraterException("CRT8404", $"{injection.Fault.Name} on {injection.Target.Id} was not confirmed while the Lease was known to be held, so the run ends.");
        }
    }
}
