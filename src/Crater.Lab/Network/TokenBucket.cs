namespace Crater.Lab.Network;

/// <summary>A rate that several connections share, kept as the moment at which the line will be free.</summary>
/// <param name="bitsPerSecond">Unit: bit/s, above 0.</param>
internal sealed class TokenBucket(double bitsPerSecond, TimeProvider clock)
{
    /// <summary>What an idle line may send at once, in time at its rate: enough that the timer's own grain of a millisecond costs no throughput.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly long _origin = clock.GetTimestamp();
    private TimeSpan _freeAt;

    public double BitsPerSecond => bitsPerSecond;

    /// <summary>Takes the room for some bytes.</summary>
    /// <returns>How long they have to wait for it.</returns>
    public TimeSpan Take(int bytes)
    {
        lock (_gate)
        {
            var now = clock.GetElapsedTime(_origin);
            var idleSince = now - Burst;
            _freeAt = (_freeAt > idleSince ? _freeAt : idleSince) + TimeSpan.FromSeconds(bytes * 8 / bitsPerSecond);
            return _freeAt > now ? _freeAt - now : TimeSpan.Zero;
        }
    }
}
