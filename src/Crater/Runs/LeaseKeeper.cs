using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>
/// Keeps the holders and the claims alive. A renewal that fails means that nobody knows what the holder does now, so the run stops; recovery
/// ends the renewing of a fault, while claims are renewed until the run is over.
/// </summary>
internal sealed class LeaseKeeper(IReadOnlyList<IDriver> drivers, ClaimSet claims, RunRecord record, StopSource stop, TimeProvider clock)
{
    /// <summary>Renews until <paramref name="over"/>. Never throws.</summary>
    public async Task KeepAsync(CancellationToken over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Limits.RenewEvery, clock, over);
                var held = record.State.Outstanding.Values.Where(one => !one.IsRecovering);
                await Task.WhenAll(held.Select(one => RenewAsync(one, over)).Append(RenewClaimsAsync()));
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Everything is measured and proven.
        }
    }

    private async Task RenewAsync(OutstandingInjection one, CancellationToken over)
    {
        try
        {
            var driver = new TimeLimitedDriver(drivers.First(driver => driver.Name == one.Injection.Driver), clock);
            await driver.RenewAsync(one.Injection, one.Preparation, Limits.LeaseDuration, over);
        }
        catch (Exception e) when (!over.IsCancellationRequested)
        {
            // A fault whose injection is still under way is not known to its holder yet, and one that is being taken off needs no lease.
            if (record.State.Outstanding.TryGetValue(one.Injection.Sequence, out var now) && now.IsHeld)
            {
                stop.Request(new RunInterrupted("CRT4010", $"The lease of {one.Injection.Fault.Name} on {one.Injection.Target.Id} was not renewed: {e.Message}"));
            }
        }
    }

    // Not cut short at the end: a renewal that arrived after the claim was given back would claim the target again.
    private async Task RenewClaimsAsync()
    {
        try
        {
            await claims.RenewAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            stop.Request(new RunInterrupted("CRT4011", $"A claim was not renewed: {e.Message}"));
        }
    }
}
