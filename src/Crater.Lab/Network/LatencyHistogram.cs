namespace Crater.Lab.Network;

/// <summary>Latencies in buckets that grow by about 9 % (eight to each doubling), from 1 µs to over an hour; quantiles are right to that step.</summary>
internal sealed class LatencyHistogram
{
    private const int StepsPerDoubling = 8;
    private readonly long[] _counts = new long[33 * StepsPerDoubling];

    public void Add(TimeSpan latency) => Interlocked.Increment(ref _counts[BucketOf(latency.TotalMicroseconds)]);

    /// <param name="share">0 to 1.</param>
    /// <returns>The upper bound of the bucket that holds the quantile; zero when nothing was added.</returns>
    public TimeSpan Quantile(double share)
    {
        var total = _counts.Sum();
        var rank = (long)Math.Ceiling(total * share);
        long sum = 0;
        for (var i = 0; i < _counts.Length && total > 0; i++)
        {
            sum += _counts[i];
            if (sum >= rank)
            {
                return TimeSpan.FromMicroseconds(Math.Pow(2, (i + 1d) / StepsPerDoubling));
            }
        }

        return TimeSpan.Zero;
    }

    /// <summary>Each bucket counts half of what it did.</summary>
    public void Halve()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] /= 2;
        }
    }

    private int BucketOf(double microseconds) =>
        Math.Clamp((int)(Math.Log2(Math.Max(1, microseconds)) * StepsPerDoubling), 0, _counts.Length - 1);
}
