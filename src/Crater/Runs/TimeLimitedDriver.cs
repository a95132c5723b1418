using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Gives every call to <paramref name="inner"/> a deadline of its own, so that a driver that never answers cannot hold the run.</summary>
public sealed class TimeLimitedDriver(IDriver inner, TimeProvider clock) : IDriver
{
    public string Name => inner.Name;

    public bool IsOnRequest => inner.IsOnRequest;

    public bool TakesProbes => inner.TakesProbes;

    public DriverPace Pace => inner.Pace;

    public IReadOnlyList<Problem> Check(Fault fault) => inner.Check(fault);

    public Task<IReadOnlyList<Problem>> MissingAsync(Fault fault, CancellationToken abort) => inner.MissingAsync(fault, abort);

    public bool Supports(string fault) => inner.Supports(fault);

    public Task BeginAsync(RunId run, IReadOnlyList<Injection> injections, CancellationToken abort) => inner.BeginAsync(run, injections, abort);

    public Task EndAsync(RunId run, CancellationToken budget) => inner.EndAsync(run, budget);

    public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) =>
        InTime(token => inner.PrepareAsync(injection, token), "prepare", injection, Limits.PrepareMax, abort);

    public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        InTime(token => inner.InjectAsync(injection, preparation, lease, token), "inject", injection, Limits.InjectMax + inner.Pace.Inject + OwnTimeout(injection.Fault), abort);

    public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        InTime(token => Done(inner.RenewAsync(injection, preparation, lease, token)), "renew the lease of", injection, Limits.RenewMax, abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        InTime(token => Done(inner.RecoverAsync(injection, preparation, token)), "recover", injection, Limits.RecoverMax, budget);

    public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        InTime(token => inner.InspectAsync(injection, preparation, token), "inspect", injection, Limits.InspectMax, budget);

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
            throw new TimeoutException($"Driver '{inner.Name}' did not {verb} {injection.Fault.Name} on {injection.Target.Id} within {Durations.Text(limit)}.");
        }
    }
}
