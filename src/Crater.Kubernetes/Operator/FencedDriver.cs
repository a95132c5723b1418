using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;

namespace Crater.Kubernetes.Operator;

/// <summary>
/// A driver that injects only while this process leads. An injection that is under way when the leadership ends is given up before another process may lead;
/// recovery asks nobody.
/// </summary>
internal sealed class FencedDriver(IDriver inner, Leadership leadership, TimeProvider clock) : IDriver
{
    public string Name => inner.Name;

    public bool IsOnRequest => inner.IsOnRequest;

    public bool TakesProbes => inner.TakesProbes;

    public DriverPace Pace => inner.Pace;

    public bool Supports(string fault) => inner.Supports(fault);

    public IReadOnlyList<Problem> Check(Fault fault) => inner.Check(fault);

    public Task<IReadOnlyList<Problem>> MissingAsync(Fault fault, CancellationToken abort) => inner.MissingAsync(fault, abort);

    public Task BeginAsync(RunId run, IReadOnlyList<Injection> injections, CancellationToken abort) => inner.BeginAsync(run, injections, abort);

    public Task EndAsync(RunId run, CancellationToken budget) => inner.EndAsync(run, budget);

    public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => inner.PrepareAsync(injection, abort);

    public async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        leadership.Demand();
        using var fence = new CancellationTokenSource(leadership.Left is { Ticks: > 0 } left ? left : TimeSpan.Zero, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, fence.Token, leadership.Lost);
        try
        {
            return await inner.InjectAsync(injection, preparation, lease, either.Token);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            leadership.Demand();
            // Renewed in between, but this call took longer than it was good for: whether it was done is not known, so the run ends and recovers.
            throw new CraterException("CRT8404", $"{injection.Fault.Name} on {injection.Target.Id} was not confirmed while the Lease was known to be held, so the run ends.");
        }
    }

    public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => inner.RenewAsync(injection, preparation, lease, abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => inner.RecoverAsync(injection, preparation, budget);

    public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) => inner.InspectAsync(injection, preparation, budget);
}
