using Crater.Diagnostics;
using Crater.Faults;

namespace Crater.Drivers;

/// <summary>A driver around another: everything is handed on as it is, but for what is overridden. A member with a default is handed on, too, which who implements the interface himself forgets unseen.</summary>
public abstract class DriverAround(IDriver inner) : IDriver
{
    public string Name => Inner.Name;

    public bool IsOnRequest => Inner.IsOnRequest;

    public bool TakesProbes => Inner.TakesProbes;

    public DriverPace Pace => Inner.Pace;

    protected IDriver Inner { get; } = inner;

    public bool Supports(string fault) => Inner.Supports(fault);

    public IReadOnlyList<Problem> Check(Fault fault) => Inner.Check(fault);

    public Task<IReadOnlyList<Problem>> MissingAsync(Fault fault, CancellationToken abort) => Inner.MissingAsync(fault, abort);

    public Task BeginAsync(RunId run, IReadOnlyList<Injection> injections, CancellationToken abort) => Inner.BeginAsync(run, injections, abort);

    public Task EndAsync(RunId run, CancellationToken budget) => Inner.EndAsync(run, budget);

    public virtual Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => Inner.PrepareAsync(injection, abort);

    public virtual Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => Inner.InjectAsync(injection, preparation, lease, abort);

    public virtual Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => Inner.RenewAsync(injection, preparation, lease, abort);

    public virtual Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => Inner.RecoverAsync(injection, preparation, budget);

    public virtual Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) => Inner.InspectAsync(injection, preparation, budget);
}
