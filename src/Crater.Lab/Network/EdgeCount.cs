namespace Crater.Lab.Network;

/// <summary>
/// What was seen between two components. What is long ago counts less, half with each minute: an edge that failed under a fault ten minutes
/// ago does not fail now, and whoever asks wants to know whether it does. Safe to use from several threads.
/// </summary>
internal sealed class EdgeCount(string from, string to, TimeProvider clock)
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(1);

    private readonly LatencyHistogram _latency = new();
    private readonly Lock _gate = new();
    private long _halvedAt = clock.GetTimestamp();
    private long _requests;
    private long _errors;
    private long _connections;
    private bool _isUsed;

    public string From => from;

    public string To => to;

    /// <summary>HTTP requests that were answered or cut off; at least 1 once there was any.</summary>
    public long Requests => Read(() => Math.Max(_requests, _isUsed ? 1 : 0));

    /// <summary>Requests that were answered with 5xx, or not at all.</summary>
    public long Errors => Read(() => _errors);

    public long Connections => Interlocked.Read(ref _connections);

    /// <value>Unit: milliseconds, from the request's head to the end of the answer, faults included. 0 when there is nothing to say it from.</value>
    public double LatencyP95Ms => Read(() => _latency.Quantile(0.95).TotalMilliseconds);

    public void Connected() => Interlocked.Increment(ref _connections);

    /// <param name="status">0 when there was no answer.</param>
    public void Answered(int status, TimeSpan latency)
    {
        lock (_gate)
        {
            Fade();
            _isUsed = true;
            _requests++;
            _errors += status is 0 or >= 500 ? 1 : 0;
            _latency.Add(latency);
        }
    }

    private T Read<T>(Func<T> value)
    {
        lock (_gate)
        {
            Fade();
            return value();
        }
    }

    private void Fade()
    {
        for (; clock.GetElapsedTime(_halvedAt) >= HalfLife; _halvedAt += (long)(HalfLife.TotalSeconds * clock.TimestampFrequency))
        {
            _requests /= 2;
            _errors /= 2;
            _latency.Halve();
        }
    }
}
