namespace Crater.Kubernetes.Client;

/// <summary>Lets requests through at a rate, with a burst after a pause: a cluster's API server has other users than us.</summary>
internal sealed class RateLimit
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _each;
    private readonly TimeSpan _reserve;
    private readonly Lock _gate = new();
    private long _asOf;
    private TimeSpan _debt = TimeSpan.Zero;

    public RateLimit(double perSecond, int burst, TimeProvider clock)
    {
        _clock = clock;
        _each = TimeSpan.FromSeconds(1 / perSecond);
        _reserve = _each * burst;
        _asOf = clock.GetTimestamp();
    }

    /// <summary>Waits for this request's turn; turns are given in the order of asking.</summary>
    public Task WaitAsync(CancellationToken abort)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = _clock.GetTimestamp();
            var paid = _debt - _clock.GetElapsedTime(_asOf, now);
            _debt = (paid > TimeSpan.Zero ? paid : TimeSpan.Zero) + _each;
            _asOf = now;
            wait = _debt - _reserve;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, _clock, abort) : Task.CompletedTask;
    }
}
