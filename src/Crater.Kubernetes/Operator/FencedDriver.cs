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
        using var fence = CancellationTokenSource.CreateLinkedTokenSource(abort, leadership.Lost);
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(fence, over.Token);
        try
        {
            return await Inner.InjectAsync(injection, preparation, lease, fence.Token);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            leadership.Demand();
            // Renewed just as it was given up: whether it was done is not known, so the run ends and recovers.
            throw new CraterException("CRT8404", $"{injection.Fault.Name} on {injection.Target.Id} was not confirmed while the Lease was known to be held, so the run ends.");
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }

    // An engine may take minutes; each renewal gives it more time.
    private async Task WatchAsync(CancellationTokenSource fence, CancellationToken over)
    {
        while (!over.IsCancellationRequested && leadership.Left is { Ticks: > 0 } left)
        {
            await Task.Delay(left, clock, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!over.IsCancellationRequested)
        {
            await fence.CancelAsync();
        }
    }
}
