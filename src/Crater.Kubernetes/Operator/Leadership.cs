using Crater.Diagnostics;

namespace Crater.Kubernetes.Operator;

/// <summary>
/// The right to inject, for as long as the Lease is renewed. It ends by this process's own clock before anyone else may take the Lease, so that no two
/// leaders inject at one time, whatever the network does.
/// </summary>
public sealed class Leadership(ElectionTimes times, TimeProvider clock) : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private long _renewedAt = clock.GetTimestamp();

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Lost => _lost.Token;

    public bool IsHeld => !_lost.IsCancellationRequested && Left > TimeSpan.Zero;

    /// <summary>How long it lasts without another renewal.</summary>
    public TimeSpan Left => times.RenewWithin - clock.GetElapsedTime(Volatile.Read(ref _renewedAt));

    /// <exception cref="CraterException">CRT8404: it is over, so nothing may be injected.</exception>
    public void Demand()
    {
        if (!IsHeld)
        {
            throw new CraterException("CRT8404", "This operator no longer holds its Lease, so it injects nothing more. What it had put in place is taken off; the next leader goes on.");
        }
    }

    /// <param name="askedAt">When the renewal was sent: the server counts from a moment after that.</param>
    internal void Renewed(long askedAt) => Volatile.Write(ref _renewedAt, askedAt);

    internal void End() => _lost.Cancel();

    public void Dispose() => _lost.Dispose();
}
