namespace Crater.Lab.Network;

/// <summary>What was seen between two components since the lab began. Safe to use from several threads.</summary>
internal sealed class EdgeCount(string from, string to)
{
    private readonly LatencyHistogram _latency = new();
    private long _requests;
    private long _errors;
    private long _connections;

    public string From => from;

    public string To => to;

    /// <summary>HTTP requests that were answered or cut off.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Requests that were answered with 5xx, or not at all.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    public long Connections => Interlocked.Read(ref _connections);

    /// <value>Unit: milliseconds, from the request's head to the end of the answer, faults included. 0 before the first request.</value>
    public double LatencyP95Ms => _latency.Quantile(0.95).TotalMilliseconds;

    public void Connected() => Interlocked.Increment(ref _connections);

    /// <param name="status">0 when there was no answer.</param>
    public void Answered(int status, TimeSpan latency)
    {
        Interlocked.Increment(ref _requests);
        if (status is 0 or >= 500)
        {
            Interlocked.Increment(ref _errors);
        }

        _latency.Add(latency);
    }
}
