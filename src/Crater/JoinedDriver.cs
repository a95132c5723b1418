using Crater.Agents;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;

namespace Crater;

/// <summary>Two drivers of one name, one for a cluster and one for hosts: what is asked goes to whom the target belongs.</summary>
internal sealed class JoinedDriver(IDriver cluster, IDriver hosts) : IDriver
{
    public string Name => cluster.Name;

    public DriverPace Pace => cluster.Pace;

    public bool Supports(string fault) => cluster.Supports(fault) || hosts.Supports(fault);

    public IReadOnlyList<Problem> Check(Fault fault) => [.. cluster.Check(fault).Concat(hosts.Check(fault)).Distinct()];

    public async Task BeginAsync(RunId run, IReadOnlyList<Injection> injections, CancellationToken abort)
    {
        await cluster.BeginAsync(run, injections, abort).ConfigureAwait(false);
        await hosts.BeginAsync(run, injections, abort).ConfigureAwait(false);
    }

    public async Task EndAsync(RunId run, CancellationToken budget)
    {
        await cluster.EndAsync(run, budget).ConfigureAwait(false);
        await hosts.EndAsync(run, budget).ConfigureAwait(false);
    }

    public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => Of(injection).PrepareAsync(injection, abort);

    public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => Of(injection).InjectAsync(injection, preparation, lease, abort);

    public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => Of(injection).RenewAsync(injection, preparation, lease, abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => Of(injection).RecoverAsync(injection, preparation, budget);

    public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) => Of(injection).InspectAsync(injection, preparation, budget);

    private IDriver Of(Injection injection) => AgentClaims.IsOnHost(injection.Target.Id) ? hosts : cluster;
}
