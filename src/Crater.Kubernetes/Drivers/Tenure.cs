using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>For how long a change stays without another word of who made it.</summary>
/// <param name="Lease">What the run asks for.</param>
/// <param name="Voucher">Whose Lease vouches for the change beside its deadline; null for nobody's.</param>
internal sealed record Tenure(TimeSpan Lease, Voucher? Voucher)
{
    /// <summary>
    /// How long a change stays without a renewal, whatever lease the run asks for: with a second for the server's clock, one for writing whole seconds
    /// and two between sweeps, an abandoned change is off within 15 s. A run renews every 5 s.
    /// </summary>
    private static readonly TimeSpan LeaseMax = TimeSpan.FromSeconds(10);

    /// <summary>With a Lease that vouches, which says within 15 s that its process is gone: for who may not look at that one, and so that renewing is rare.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(2);

    private TimeSpan Length => Voucher is not null ? HeldFor : Lease < LeaseMax ? Lease : LeaseMax;

    public DateTimeOffset DeadlineFrom(DateTimeOffset now) => now + Length;

    public async Task<DateTimeOffset> DeadlineAsync(KubernetesClient client, CancellationToken abort) => DeadlineFrom(await client.ServerNowAsync(abort));

    public async Task<Mark> MarkAsync(KubernetesClient client, Crater.Drivers.Injection injection, Undo undo, CancellationToken abort) =>
        Mark.For(injection, undo, await DeadlineAsync(client, abort)) with { VouchedBy = Voucher?.Text ?? "" };

    /// <summary>Whether what has this deadline is to be renewed now.</summary>
    public bool IsDue(DateTimeOffset deadline, DateTimeOffset now) => Voucher is null || deadline - now < HeldFor / 2;
}
