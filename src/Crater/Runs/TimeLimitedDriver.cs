using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Gives every call to <paramref name="inner"/> a deadline of its own, so that a driver that never answers cannot hold the run.</summary>
public sealed class TimeLimitedDriver(IDriver inner, TimeProvider clock) : DriverAround(inner)
{
    public override Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) =>
        InTime(token => Inner.PrepareAsync(injection, token), "prepare", injection, Limits.PrepareMax, abort);

    public override Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        InTime(token => Inner.InjectAsync(injection, preparation, lease, token), "inject", injection, Limits.InjectMax + Inner.Pace.Inject + OwnTimeout(injection.Fault), abort);

    public override Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        InTime(token => Done(Inner.RenewAsync(injection, preparation, lease, token)), "renew the lease of", injection, Limits.RenewMax, abort);

    public override Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        InTime(token => Done(Inner.RecoverAsync(injection, preparation, token)), "recover", injection, Limits.RecoverMax, budget);

    public override Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        InTime(token => Inner.InspectAsync(injection, preparation, token), "inspect", injection, Limits.InspectMax, budget);

    private static TimeSpan OwnTimeout(Fault fault) => Durations.TryParse(fault.Text("timeout"), out var own) ? own : TimeSpan.Zero;

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }

    private async Task<T> InTime<T>(Func<CancellationToken, Task<T>> call, string verb, Injection injection, TimeSpan limit, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, abort);
        try
        {
            // Waiting is given up even when the driver does not listen to its token.
            return await call(both.Token).WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested && deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"Driver '{Inner.Name}' did not {verb} {injection.Fault.Name} on {injection.Target.Id} within {Durations.Text(limit)}.");
        }
    }
}
